/** The server's HTTP: routes, answers, the way down. The only importer of Vert.x. */
@NullMarked
package nomadml.serving.http;

import org.jspecify.annotations.NullMarked;
