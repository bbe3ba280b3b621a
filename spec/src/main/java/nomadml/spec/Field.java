package nomadml.spec;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the job file says about one field: the reader, the JSON Schema and the reference are made
 * from it. A field without {@link #fallback} is required unless it is nullable, a collection or a
 * block whose fields all have one.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Field {
  /** What it means, for a person. */
  String value();

  /** The default, written as in a job file. */
  String fallback() default "";

  /** A sibling whose value is the default. */
  String sameAs() default "";

  double atLeast() default Double.NEGATIVE_INFINITY;

  double atMost() default Double.POSITIVE_INFINITY;

  double above() default Double.NEGATIVE_INFINITY;

  double below() default Double.POSITIVE_INFINITY;

  /** The only words a text may be. */
  String[] words() default {};

  /** What a text must match, keys of a map too; {@link #form} says it in words. */
  String pattern() default "";

  /** The {@link #pattern} for a person. */
  String form() default "";

  /** The field of a block that may be written alone, in the block's place. */
  String alone() default "";

  /** A sibling and the words it must have for this field to fit, such as {@code type=step}. */
  String onlyWith() default "";
}
