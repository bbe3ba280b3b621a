/** How our own processes log: JSON lines for log stores, text for people. */
@NullMarked
package nomadml.spec.log;

import org.jspecify.annotations.NullMarked;
