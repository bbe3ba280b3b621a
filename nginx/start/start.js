// What Consul says of every service it knows, asked for every five seconds: those behind this port, then the others.
const services = [
  ["nomad", "/ui/", "jobs, nodes, logs"],
  ["mlflow", "/mlflow/", "runs, artifacts, models"],
  ["grafana", "/grafana/", "dashboards"],
  ["prometheus", "/prometheus/", "metrics and alerts"],
  ["alertmanager", "/alertmanager/", "who is told of alerts"],
  ["gateway", "/models", "models that are served"],
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

// A served model has its address at the gateway, which leads to what it says of itself.
function other(name) {
  return name.startsWith("serve-") ? [name, `/models/${name.slice(6)}/version`, "a served model"] : [name, "", ""];
}

// One row for each service that is registered; with a link when it is behind this port.
function show(checks) {
  const body = document.getElementById("services");
  body.replaceChildren();
  const behind = services.map(([name]) => name);
  const others = new Set(checks.map((check) => check.ServiceName).filter((name) => name && !behind.includes(name)));
  let shown = 0;
  let well = 0;
  for (const [name, path, purpose] of [...services, ...[...others].sort().map(other)]) {
    const health = healthOf(name, checks);
    if (!health) continue;
    const row = body.insertRow();
    if (path) {
      const link = document.createElement("a");
      link.href = path;
      link.textContent = name;
      row.insertCell().append(link);
    } else {
      cell(row, name);
    }
    cell(row, health, health);
    cell(row, purpose);
    shown += 1;
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
