package nomadml.scheduler.mlflow;
