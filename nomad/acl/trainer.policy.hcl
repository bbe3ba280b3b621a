# What laying the trainer and the model server may do: write the metadata of its node.
node {
  policy = "write"
}
