  // Sliders move the fans; the address after # holds the scenario.
  const PROBABILITIES = [0.05, 0.95, 0.10, 0.90, 0.25, 0.75, 0.50];
  const sliders = [...document.querySelectorAll(".sliders input")];
  const factor = (slider) => 2 ** Number(slider.value);
  const before = Object.fromEntries(Object.keys(fans).map((id) => [id, charts[id] && charts[id].data.map((t) => t.y)]));
  for (const id of Object.keys(fans)) if (charts[id]) {
    const reference = {x: charts[id].data[6].x, y: [], mode: "lines", showlegend: false, hoverinfo: "skip",
      line: {color: "#1f2430", width: 1.2, dash: "dot"}};
    Plotly.addTraces(id, reference);
  }

  function scenario() {
    return Object.fromEntries(sliders.filter((s) => Number(s.value) !== 0).map((s) => [s.dataset.key, factor(s)]));
  }

  function show() {
    const times = scenario(), moved = Object.keys(times).length > 0;
    for (const s of sliders) s.nextElementSibling.value = `× ${factor(s).toFixed(2)}`;
    const hash = sliders.filter((s) => Number(s.value) !== 0).map((s) => `${s.dataset.key}=${s.value}`).join("&");
    history.replaceState(null, "", `#${hash}`);
    document.getElementById("link").href = `#${hash}`;
    const paths = moved ? RampModel.run(model, times) : null;
    for (const [id, name] of Object.entries(fans)) if (charts[id]) {
      const logarithmic = charts[id].layout.yaxis.type === "log";
      const positive = (values) => logarithmic ? values.map((v) => v > 0 ? v : null) : values;
      const y = moved ? RampModel.bands(paths, name, PROBABILITIES).map(positive) : before[id].slice(0, 7);
      const last = document.getElementById(id).data.length - 1;
      Plotly.restyle(id, {y: [...y, moved ? before[id][6] : []]}, [0, 1, 2, 3, 4, 5, 6, last]);
    }
    const median = paths && RampModel.bands(paths, "cumulative", [0.5])[0].at(-1);
    const state = document.getElementById("state");
    state.textContent = moved ? `Units made by the end, median: ${Number(median.toPrecision(3)).toLocaleString("en")}.` : "";
    state.dataset.median = moved ? median : "";
  }

  function restore() {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const s of sliders) s.value = given.get(s.dataset.key) ?? 0;
    show();
  }

  let waiting = null;
  for (const s of sliders) s.addEventListener("input", () => {
    s.nextElementSibling.value = `× ${factor(s).toFixed(2)}`;
    clearTimeout(waiting);
    waiting = setTimeout(show, 60);
  });
  document.getElementById("reset").addEventListener("click", () => { for (const s of sliders) s.value = 0; show(); });
  addEventListener("hashchange", restore);
  restore();
