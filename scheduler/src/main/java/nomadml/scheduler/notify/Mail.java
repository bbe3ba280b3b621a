package nomadml.scheduler.notify;

import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import nomadml.scheduler.SchedulerFailure;
import nomadml.spec.ExitCode;
import org.jspecify.annotations.Nullable;

/** Sends mail by an SMTP server; a password never travels without TLS. */
record Mail(AddressBook book) {
  private static final String PATIENCE = "10000";

  void send(String name, String to, Letter words) {
    URI server = book.mailServer();
    try {
      MimeMessage message = new MimeMessage(session(server));
      message.setFrom(book.mailFrom());
      message.setRecipients(Message.RecipientType.TO, InternetAddress.parse(to));
      message.setSubject(words.subject(), StandardCharsets.UTF_8.name());
      message.setText(words.text(), StandardCharsets.UTF_8.name());
      Transport.send(message);
    } catch (MessagingException e) {
      throw new SchedulerFailure(
          ExitCode.SERVER_UNREACHABLE,
          "%s at %s did not take mail for %s: %s"
              .formatted(server.getScheme(), server.getHost(), name, e.getMessage()),
          "check smtp, smtp_password and mail_from of the Nomad Variable",
          e);
    }
  }

  private Session session(URI server) {
    boolean tls = "smtps".equals(server.getScheme());
    String user = server.getUserInfo();
    Properties settings = new Properties();
    settings.setProperty("mail.smtp.host", String.valueOf(server.getHost()));
    settings.setProperty("mail.smtp.port", Integer.toString(port(server, tls)));
    settings.setProperty("mail.smtp.connectiontimeout", PATIENCE);
    settings.setProperty("mail.smtp.timeout", PATIENCE);
    settings.setProperty("mail.smtp.writetimeout", PATIENCE);
    settings.setProperty("mail.smtp.ssl.enable", Boolean.toString(tls));
    settings.setProperty("mail.smtp.ssl.checkserveridentity", "true");
    settings.setProperty("mail.smtp.starttls.enable", "true");
    settings.setProperty("mail.smtp.starttls.required", Boolean.toString(user != null && !tls));
    settings.setProperty("mail.smtp.auth", Boolean.toString(user != null));
    return Session.getInstance(settings, authenticator(user));
  }

  private @Nullable Authenticator authenticator(@Nullable String user) {
    if (user == null) {
      return null;
    }
    PasswordAuthentication known = new PasswordAuthentication(user, book.mailPassword().orElse(""));
    return new Authenticator() {
      @Override
      protected PasswordAuthentication getPasswordAuthentication() {
        return known;
      }
    };
  }

  private static int port(URI server, boolean tls) {
    if (server.getPort() > 0) {
      return server.getPort();
    }
    return tls ? 465 : 25;
  }
}
