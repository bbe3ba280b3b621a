package nomadml.scheduler.cli;

import nomadml.scheduler.context.Choices;

/** Makes the platform of a command; tests give commands one that is in memory. */
interface Connector {
  Platform connect(Choices choices);
}
