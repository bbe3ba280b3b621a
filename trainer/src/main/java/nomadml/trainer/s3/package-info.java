/** Objects of S3 buckets, Amazon's or any other's: the only importer of its client. */
@NullMarked
package nomadml.trainer.s3;

import org.jspecify.annotations.NullMarked;
