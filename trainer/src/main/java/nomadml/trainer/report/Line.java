package nomadml.trainer.report;

/**
 * An entry as it stands in the spool.
 *
 * @param number from 1 on, one more than the line before it
 */
record Line(long number, Entry entry) {}
