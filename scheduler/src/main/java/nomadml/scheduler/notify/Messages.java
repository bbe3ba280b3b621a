package nomadml.scheduler.notify;

import java.net.URI;
import java.nio.file.Path;

/** Webhooks and mail, by the addresses of a file. */
public final class Messages implements Messenger {
  private static final String SLACK = "slack+";

  private final AddressBook book;
  private final Webhook webhook = new Webhook();

  private Messages(AddressBook book) {
    this.book = book;
  }

  /** Reads the names and addresses of a file. */
  public static Messages from(Path file) {
    return new Messages(AddressBook.read(file));
  }

  @Override
  public boolean knows(String name) {
    return book.knows(name);
  }

  @Override
  public void send(Notice notice, URI link) {
    send(notice.to(), new Words(notice, link));
  }

  /** Sends it to a name that is known. */
  public void send(String to, Letter letter) {
    URI address = book.address(to);
    if (address.getScheme().equals("mailto")) {
      new Mail(book).send(to, address.getSchemeSpecificPart(), letter);
    } else if (address.getScheme().startsWith(SLACK)) {
      URI plain = URI.create(address.toString().substring(SLACK.length()));
      webhook.send(to, plain, letter.slack());
    } else {
      webhook.send(to, address, letter.json());
    }
  }
}
