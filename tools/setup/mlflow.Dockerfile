# MLflow at the pinned version with the Postgres driver, which the official image lacks. Context: tools/.
FROM python:3.11-slim-bookworm
COPY mlflow/requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --requirement /tmp/requirements.txt
EXPOSE 5000
CMD ["mlflow", "server", "--host=0.0.0.0"]
