# Short names for ./setup.sh and docker compose; nothing is done here that they can't do.
setup = COMPOSE_PROFILES=$(1) ./setup.sh up --docker

.PHONY: help dev dev-postgres dev-full train serve monitoring gpu up down down-volumes status backup docker-build test test-docker
help: ## lists these
	@sed -n 's/^\([a-z%-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

dev: ## MLflow on SQLite and the Pushgateway
	$(call setup,dev)
dev-postgres: ## MLflow on Postgres, artifacts in an S3-compatible store
	$(call setup,postgres)
dev-full: ## everything, as ./setup.sh up --docker
	$(call setup,full)
train: ## Nomad, with MLflow on SQLite
	$(call setup,dev$(comma)train)
serve: ## the same with the gateway to served models, and Prometheus for their gates
	$(call setup,dev$(comma)train$(comma)serve)
monitoring: ## Nomad, MLflow on SQLite, Prometheus, Grafana, alerts and logs
	$(call setup,dev$(comma)train$(comma)monitoring)
gpu: ## everything, with this machine's NVIDIA GPUs
	$(call setup,postgres$(comma)gpu$(comma)monitoring)
up: ## everything without Docker
	./setup.sh up
down: ## stops the containers; data stays
	./setup.sh down --docker
down-volumes: ## stops the containers and deletes their data
	./setup.sh down --volumes --docker
status: ## health of each container
	./setup.sh status --docker
logs-%: ## log of one, such as make logs-mlflow
	./setup.sh logs $* --follow --docker
backup: ## keeps a copy of the containers' data
	./setup.sh backup --docker
docker-build: ## the images of MLflow, the trainer, the model server and submit-job; pulls the others
	./setup.sh install --docker
test: ## everything, as CI does
	mvn -B verify
test-docker: ## the containers for real, with local images (root, Linux)
	system-tests/docker/run.sh

comma := ,
