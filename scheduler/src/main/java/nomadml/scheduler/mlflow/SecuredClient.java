package nomadml.scheduler.mlflow;

import java.lang.reflect.Field;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.SSLContext;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.creds.BasicMlflowHostCreds;
import org.mlflow_project.apachehttp.conn.ssl.DefaultHostnameVerifier;
import org.mlflow_project.apachehttp.conn.ssl.NoopHostnameVerifier;
import org.mlflow_project.apachehttp.impl.client.HttpClientBuilder;

/**
 * MLflow's client with TLS of ours. It lets nobody say whom it trusts, so that its HTTP client,
 * which it makes on its first call unless it has one, is set where it keeps it.
 */
final class SecuredClient {
  private SecuredClient() {}

  static MlflowClient of(BasicMlflowHostCreds server, SSLContext tls, boolean unchecked) {
    HostnameVerifier names =
        unchecked ? NoopHostnameVerifier.INSTANCE : new DefaultHostnameVerifier();
    MlflowClient client = new MlflowClient(server);
    try {
      Object caller = field(MlflowClient.class, "httpCaller").get(client);
      field(caller.getClass(), "httpClient")
          .set(
              caller,
              HttpClientBuilder.create().setSSLContext(tls).setSSLHostnameVerifier(names).build());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another version of MLflow's client", e);
    }
    return client;
  }

  private static Field field(Class<?> owner, String name) throws NoSuchFieldException {
    Field field = owner.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
