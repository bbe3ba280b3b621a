# What laying the trainer may do: write the metadata of its node.
node {
  policy = "write"
}
