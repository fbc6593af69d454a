// Draws the figures where there is room for them and opens the row behind a number.
// Without this script the page still shows every figure (SVG) and every row (annex).
(() => {
  const wide = window.matchMedia("screen and (min-width: 960px)");
  const store = document.getElementById("figures");
  const figures = store ? JSON.parse(store.textContent) : {};
  const draw = (plot) => {
    const figure = figures[plot.dataset.figure];
    plot.hidden = false;
    const options = {displayModeBar: false, displaylogo: false, responsive: false};
    window.Plotly.newPlot(plot, figure.data, figure.layout, options)
      .then(() => plot.closest("figure").classList.add("drawn"));
  };
  if (store && wide.matches) {
    const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
      if (!entry.isIntersecting) return;
      seen.unobserve(entry.target);
      draw(entry.target.querySelector(".plot"));
    }), {rootMargin: "600px"});
    document.querySelectorAll("figure.figure").forEach((figure) => seen.observe(figure));
  }
  const dialog = document.getElementById("card");
  document.addEventListener("click", (event) => {
    const number = event.target.closest("a.n");
    const row = number && document.getElementById("row-" + number.dataset.row);
    if (!row || !dialog.showModal) return;
    event.preventDefault();
    const copy = row.cloneNode(true);
    copy.removeAttribute("id");
    dialog.lastElementChild.replaceChildren(copy);
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
