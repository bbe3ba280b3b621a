# Consul in docker-compose.yml. The services there do not run on Nomad: register.sh tells of them.
data_dir    = "/consul/data"
client_addr = "0.0.0.0"
bind_addr   = "172.31.77.10"
