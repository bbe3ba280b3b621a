package nomadml.scheduler.nomad;

import com.hashicorp.nomad.apimodel.Job;
import java.util.List;
import nomadml.spec.JobFile.Driver;

/**
 * A job as Nomad is given it.
 *
 * @param gpu whether a device is asked for
 * @param notes decisions worth knowing
 */
record Translation(Job job, Driver driver, boolean gpu, List<String> notes) {}
