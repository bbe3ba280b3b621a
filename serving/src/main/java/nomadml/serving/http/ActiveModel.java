package nomadml.serving.http;

import nomadml.serving.batch.Served;
import nomadml.serving.metrics.ModelMetrics;
import nomadml.serving.model.Identity;
import nomadml.serving.model.ModelFolder;

/** The model that answers now, with all that is asked of it. */
public record ActiveModel(
    Identity identity, ModelFolder folder, Served served, ModelMetrics metrics) {}
