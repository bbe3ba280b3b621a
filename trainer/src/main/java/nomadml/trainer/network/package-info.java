/** Networks written as TorchScript from Java: the builder, and one class for each family. */
@NullMarked
package nomadml.trainer.network;

import org.jspecify.annotations.NullMarked;
