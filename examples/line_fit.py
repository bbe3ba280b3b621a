"""Fits a line by gradient descent and logs to the MLflow run the environment names."""

import argparse
import random

import mlflow

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--learning-rate", type=float, default=0.1)
arguments = parser.parse_args()

random.seed(0)
points = [(x / 50, 3 * x / 50 - 1 + random.gauss(0, 0.05)) for x in range(50)]
slope = intercept = 0.0

# MLFLOW_TRACKING_URI and MLFLOW_RUN_ID are set: this goes on with the job's run.
with mlflow.start_run():
    mlflow.log_param("learning_rate", arguments.learning_rate)
    for epoch in range(1, arguments.epochs + 1):
        errors = [(slope * x + intercept - y, x) for x, y in points]
        slope -= arguments.learning_rate * sum(2 * error * x for error, x in errors) / len(points)
        intercept -= arguments.learning_rate * sum(2 * error for error, _ in errors) / len(points)
        loss = sum(error**2 for error, _ in errors) / len(points)
        mlflow.log_metric("train_loss", loss, step=epoch)
        print(f"epoch {epoch}: loss {loss:.4f}", flush=True)
    mlflow.log_metrics({"slope": slope, "intercept": intercept}, step=arguments.epochs)
