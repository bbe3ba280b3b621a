/** The network itself. The only importer of DJL. */
@NullMarked
package nomadml.serving.inference;

import org.jspecify.annotations.NullMarked;
