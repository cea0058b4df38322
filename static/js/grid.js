// A grid of links: the Tab key stops once a row, at its head; the arrows, Home and End go on from there. Without this
// script every link is a stop of its own. Nothing is said differently to a screen reader: they stay links in a table.

const GO = {
  ArrowLeft: (row, column) => [row, column - 1],
  ArrowRight: (row, column) => [row, column + 1],
  ArrowUp: (row, column) => [row - 1, column],
  ArrowDown: (row, column) => [row + 1, column],
};

function linesOf(table) {
  const lines = [];
  for (const row of table.tBodies[0].rows) {
    const head = row.querySelector("th[scope=row] a");
    if (head) lines.push([head]);
    for (const cell of row.querySelectorAll("td.cell")) lines.at(-1)?.push(cell.querySelector("a"));
  }
  return lines;
}

function next(lines, key, [row, column]) {
  if (key === "Home") return lines[row][0];
  if (key === "End") return lines[row].findLast((link) => link);
  do {
    [row, column] = GO[key](row, column);
  } while (lines[row]?.[column] === null); // a cell that says nothing yet is passed over
  return lines[row]?.[column];
}

document.querySelectorAll("table[data-arrows]").forEach((table) => {
  const lines = linesOf(table);
  const places = new Map();
  lines.forEach((line, row) => line.forEach((link, column) => {
    if (!link) return;
    places.set(link, [row, column]);
    if (column) link.tabIndex = -1;
  }));
  document.querySelectorAll("[data-with-arrows]").forEach((hint) => { hint.hidden = false; });
  table.addEventListener("keydown", (event) => {
    const place = places.get(event.target);
    const moves = event.key in GO || event.key === "Home" || event.key === "End";
    if (!place || !moves || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    next(lines, event.key, place)?.focus();
  });
});
