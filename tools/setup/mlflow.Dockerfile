# MLflow at the pinned version with the drivers of Postgres and S3, which the official image lacks. Context: tools/.
FROM python:3.11-slim-bookworm
COPY mlflow/requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --requirement /tmp/requirements.txt \
 && useradd --uid 10001 --no-create-home mlflow && mkdir /var/lib/mlflow && chown mlflow /var/lib/mlflow
ENV HOME=/tmp
USER mlflow
EXPOSE 5000
CMD ["mlflow", "server", "--host=0.0.0.0"]
