// The services behind this port that Consul knows, with what it says of each, asked for every five seconds.
const services = [
  ["nomad", "/ui/", "jobs, nodes, logs"],
  ["mlflow", "/mlflow/", "runs, artifacts, models"],
  ["grafana", "/grafana/", "dashboards"],
  ["prometheus", "/prometheus/", "metrics and alerts"],
  ["alertmanager", "/alertmanager/", "who is told of alerts"],
  ["pushgateway", "/pushgateway/", "live values of trainings"],
];
const order = ["passing", "warning", "critical"];

function cell(row, text, className) {
  const made = row.insertCell();
  made.textContent = text;
  made.className = className || "";
  return made;
}

// The worst of a service's checks; undefined when it is not registered, as with a profile that is not up.
function healthOf(name, checks) {
  const found = checks.filter((check) => check.ServiceName === name).map((check) => order.indexOf(check.Status));
  return order[Math.max(...found)];
}

function show(checks) {
  const body = document.getElementById("services");
  body.replaceChildren();
  let shown = 0;
  let well = 0;
  for (const [name, path, purpose] of services) {
    const health = healthOf(name, checks);
    if (!health) continue;
    shown += 1;
    const row = body.insertRow();
    const link = document.createElement("a");
    link.href = path;
    link.textContent = name;
    row.insertCell().append(link);
    cell(row, health, health);
    cell(row, purpose);
    well += health === "passing" ? 1 : 0;
  }
  document.getElementById("summary").textContent = `${well} of ${shown} services pass their health check`;
}

async function refresh() {
  try {
    const answer = await fetch("health");
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    show(await answer.json());
  } catch (problem) {
    show([]);
    document.getElementById("summary").textContent = `Consul does not answer: ${problem.message}`;
  }
}

refresh();
setInterval(refresh, 5000);
