// What a person would see of the page, and what is wrong with it. Evaluated in
// the page; returns {text, theme, problems}.
(() => {
  const problems = [];
  const wrong = (what) => problems.push(what);
  const near = (a, b, by) => Math.abs(a - b) <= by;
  const quote = (text) => JSON.stringify(text.trim().slice(0, 40));

  // Texts: each line of each text that is drawn.
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (node.data.trim() === "" || node.parentElement.closest("svg title")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
    for (const box of boxes) texts.push({ node, box, text: node.data });
    if (boxes.length > 1 && node.parentElement.matches("strong, thead th, td, .rows b, i, text")) wrong(`the text ${quote(node.data)} is broken over lines`);
  }
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  texts.forEach((a, i) => {
    for (const b of texts.slice(i + 1)) {
      if (overlap(a.box, b.box)) wrong(`the texts ${quote(a.text)} and ${quote(b.text)} overlap`);
    }
  });
  const shapes = [...document.querySelectorAll("svg :is(rect, circle, path, line)")].filter((shape) => shape.checkVisibility());
  for (const shape of shapes) {
    const box = shape.getBoundingClientRect();
    // A line has no area.
    const thick = { left: box.left, right: Math.max(box.right, box.left + 1), top: box.top, bottom: Math.max(box.bottom, box.top + 2) };
    const card = shape.closest("section").getBoundingClientRect();
    if (box.left < card.left || box.right > card.right || box.top < card.top || box.bottom > card.bottom) wrong(`a ${shape.localName} sticks out of its card`);
    for (const a of texts) {
      if (overlap(a.box, thick)) wrong(`a ${shape.localName} covers the text ${quote(a.text)}`);
    }
  }

  // Nothing sticks out, of the window or of its card.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) wrong(`the page is ${document.documentElement.scrollWidth} px wide`);
  for (const { node, box, text } of texts) {
    const card = (node.parentElement.closest("section") ?? document.documentElement).getBoundingClientRect();
    if (box.left < card.left || box.right > card.right || box.top < card.top || box.bottom > card.bottom) wrong(`the text ${quote(text)} sticks out of its card`);
    if (parseFloat(getComputedStyle(node.parentElement).fontSize) < 12) wrong(`the text ${quote(text)} is small`);
  }

  // Colours.
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const theme = new Set([behind(document.body)]);
  for (const { node, text } of texts) {
    const style = getComputedStyle(node.parentElement);
    const color = node.parentElement.closest("svg") ? style.fill : style.color;
    theme.add(color);
    const ratio = contrast(color, behind(node.parentElement));
    if (ratio < 4.5) wrong(`the text ${quote(text)} has a contrast of ${ratio.toFixed(2)}`);
  }
  for (const shape of shapes.filter((shape) => shape.matches(".incoming, .outgoing, .red"))) {
    const color = shape.localName === "line" ? getComputedStyle(shape).stroke : getComputedStyle(shape).fill;
    theme.add(color);
    const ratio = contrast(color, behind(shape));
    if (ratio < 3) wrong(`a ${shape.localName} has a contrast of ${ratio.toFixed(2)}`);
  }

  // The drawings show the values that are next to them.
  const number = (text) => Number(text.replace(/,/g, "").match(/-?[\d.]+/)[0]);
  const middle = (box) => ({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 });
  const box = (element) => element.getBoundingClientRect();
  const lines = (selector, matches) => [...document.querySelectorAll(selector)].filter((text) => matches(text.textContent))
    .map((text) => ({ value: number(text.textContent), y: middle(box(text)).y }));
  const scaled = (marks) => {
    const [zero, top] = [marks[0], marks[marks.length - 1]];
    return (value) => zero.y - (zero.y - top.y) * (value - zero.value) / (top.value - zero.value);
  };

  // The columns with their parts, and the lines of the answer rates above them.
  const chart = document.querySelector("#times");
  if (chart) {
    const levels = ".chart:has(#times) svg:first-child text";
    const [height, rateAt] = [scaled(lines(levels, (text) => !text.includes("%"))), scaled(lines(levels, (text) => text.includes("%")))];
    if (rateAt(0) - rateAt(10) < 15) wrong("ten points of the answer rate are hardly seen");
    const columns = [...chart.querySelectorAll("g:has(> title)")];
    const dots = { incoming: [], outgoing: [] };
    let right = box(chart).left - 0.5;
    for (const column of columns) {
      const title = column.querySelector("title").textContent;
      let below = 0;
      for (const [side, dot] of [["incoming", "circle"], ["outgoing", "path"]]) {
        const [calls, rate] = title.match(new RegExp(`${side}: ([\\d,]+)(?:, ([\\d.]+) % answered)?\\.`, "i")).slice(1).map((text) => text && number(text));
        const rect = column.querySelector(`rect.${side}`);
        if (!rect !== (calls === 0)) wrong(`the ${side} part of ${quote(title)} is ${rect ? "" : "not "}there`);
        if (rect) {
          if (!near(box(rect).bottom, height(below), 1) || !near(box(rect).top, height(below + calls), 1)) {
            wrong(`the ${side} part of ${quote(title)} is from ${box(rect).bottom} to ${box(rect).top}, not ${height(below)} to ${height(below + calls)}`);
          }
          if (below === 0 && box(rect).left < right) wrong(`the column ${quote(title)} is not beside the one before it`);
          if (box(rect).width < 1) wrong(`the column ${quote(title)} is ${box(rect).width} px wide`);
          below += calls;
        }
        const at = column.querySelector(`${dot}.${side}`);
        if (!at !== (rate === undefined)) wrong(`the ${side} rate of ${quote(title)} is ${at ? "" : "not "}there`);
        if (at && !(near(middle(box(at)).y, rateAt(rate), 1) && near(middle(box(at)).x, middle(box(column.querySelector("rect"))).x, 1))) wrong(`the ${side} rate of ${quote(title)} is not where it should be`);
        dots[side].push(at && middle(box(at)));
      }
      const rects = column.querySelectorAll("rect");
      if (rects.length) right = box(rects[0]).right;
    }
    for (const side of ["incoming", "outgoing"]) {
      const drawn = [...chart.querySelectorAll(`line.${side}`)].map(box);
      const pairs = dots[side].slice(1).map((dot, i) => [dots[side][i], dot]).filter(([from, to]) => from && to);
      if (drawn.length !== pairs.length) wrong(`${drawn.length} lines join ${pairs.length} ${side} rates`);
      drawn.forEach((line, i) => {
        const [from, to] = pairs[i];
        const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
        if (!near(line.left, from.x, 2) || !near(line.right, to.x, 2) || !near(line.top, top, 2) || !near(line.bottom, bottom, 2)) wrong(`line ${i} of the ${side} rate does not join its dots`);
      });
    }
    for (const label of chart.querySelectorAll("text")) {
      const column = columns.find((column) => /^\w+ ([^,.]*?) \d{4}(, (\S+) to)?/.exec(column.textContent.trim()).includes(label.textContent));
      const drawing = column && column.querySelector("rect");
      if (!column || drawing && !near(middle(box(drawing)).x, middle(box(label)).x, 2)) wrong(`the name ${quote(label.textContent)} is under no such column`);
    }
  }

  // The squares: their place says when, their shade how many calls.
  const grid = document.querySelector("#hours");
  if (grid) {
    const legend = [...document.querySelectorAll("#heat li")].map((item) => ({
      value: item.textContent.trim() === "none" ? 0 : number(item.textContent.split("to ").pop()), fill: getComputedStyle(item.querySelector("rect")).fill,
    }));
    const shades = legend.map(({ fill }) => Math.abs(luminance(fill) - luminance(behind(grid))));
    legend.forEach(({ value, fill }, i) => {
      theme.add(fill);
      if (i > 0 && !(value > legend[i - 1].value && shades[i] > shades[i - 1] && contrast(fill, legend[i - 1].fill) > 1.25)) wrong(`shade ${i} is too much like the one before it`);
    });
    if (contrast(legend[legend.length - 1].fill, behind(grid)) < 3) wrong("the strongest shade is faint");
    const days = [...document.querySelectorAll(".chart:has(#hours) svg:first-child text")].map((text) => ({ name: text.textContent, y: middle(box(text)).y }));
    const squares = [...grid.querySelectorAll("rect")];
    const lefts = {};
    let hottest = 0;
    squares.forEach((square) => {
      const title = square.querySelector("title").textContent;
      const [, name, hour, calls, of] = title.match(/^(\w{3}) (\d\d):00 to \d\d:00\. Calls: ([\d,]+), days: (\d+)$/);
      const [day, at] = [days.find((day) => day.name === name), box(square)];
      lefts[`${hour}:00`] = at.left;
      if (!day || !near(middle(at).y, day.y, 3)) wrong(`the square ${quote(title)} is in another row`);
      if (!near(at.left, box(grid).left + box(grid).width * hour / 24, 1) || at.width > box(grid).width / 24) wrong(`the square ${quote(title)} is at another hour`);
      const shade = legend.filter(({ value }) => value * of + 1e-6 < number(calls)).length;
      if (shade >= legend.length || getComputedStyle(square).fill !== legend[shade].fill) wrong(`the square ${quote(title)} does not have shade ${shade}`);
      hottest = Math.max(hottest, shade);
    });
    if (hottest !== legend.length - 1) wrong("no square has the strongest shade");
    for (const label of grid.querySelectorAll("text")) {
      if (!near(box(label).left, lefts[label.textContent], 2)) wrong(`the hour ${quote(label.textContent)} is under another square`);
    }
  }

  // The bars show the shares beside them, and the largest country fills its track.
  for (const row of document.querySelectorAll(".rows li")) {
    const [track, bar] = [...row.querySelectorAll("rect")].map((rect) => box(rect).width);
    const share = row.querySelector("i").textContent;
    if (share === "< 0.1 %" ? bar / track > 0.001 : !near(bar / track, number(share) / 100, 0.001)) wrong(`the bar of ${quote(row.textContent)} shows ${bar / track}`);
  }
  for (const table of document.querySelectorAll("table.countries")) {
    const rows = [...table.tBodies[0].rows].map((row) => ({ calls: number(row.cells[1].textContent), bars: [...row.querySelectorAll("rect")].map((rect) => box(rect).width), row }));
    const most = Math.max(...rows.map(({ calls }) => calls));
    rows.forEach(({ calls, bars: [track, bar], row }, i) => {
      if (i > 0 && calls > rows[i - 1].calls && !/^\d+ others/.test(row.textContent)) wrong(`${quote(row.textContent)} is not sorted`);
      if (!near(bar / track, calls / most, 0.001)) wrong(`the bar of ${quote(row.textContent)} shows ${bar / track}`);
    });
  }
  // Each call is in one country, and in one status.
  for (const side of ["Incoming", "Outgoing"]) {
    const section = (heading) => [...document.querySelectorAll("section")].find((section) => section.querySelector("h2").textContent === heading);
    const calls = number(section(`${side} calls`).querySelector("strong").textContent);
    const sum = (heading, selector) => [...(section(heading)?.querySelectorAll(selector) ?? [])].reduce((sum, cell) => sum + number(cell.textContent), 0);
    for (const have of [sum(`How ${side.toLowerCase()} calls ended`, "li > b"), sum(side === "Incoming" ? "Where incoming calls came from" : "Where outgoing calls went", "td:nth-child(2)")]) {
      if (have !== calls) wrong(`${have} of ${calls} ${side} calls are listed`);
    }
  }

  // What a screen reader needs: the texts of drawings, the headings in order, and
  // whose cells they are.
  for (const svg of document.querySelectorAll("svg:not(svg svg)")) {
    if (svg.ariaHidden === "true" ? svg.role : svg.role !== "img" || !/\d/.test(svg.ariaLabel)) wrong(`a drawing says ${quote(svg.ariaLabel ?? "nothing")}`);
  }
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => heading.localName).join(" ");
  if (!/^h1( h2)+$/.test(headings)) wrong(`the headings are ${headings}`);
  for (const cell of document.querySelectorAll("th, tr > :first-child")) {
    if (cell.scope !== (cell.closest("thead") ? "col" : "row") || cell.textContent.trim() === "") wrong(`the heading ${quote(cell.textContent)} has the scope ${quote(cell.scope ?? "")}`);
  }
  for (const arrow of document.querySelectorAll("dd b")) {
    const [mark, words] = [arrow.firstChild, arrow.lastChild];
    if (mark.ariaHidden !== "true" || !(mark.textContent === "▲" ? /more|longer|higher/ : /fewer|shorter|lower/).test(words.textContent)) wrong(`${quote(arrow.textContent)} says one thing and shows another`);
  }
  if (document.documentElement.lang !== "en" || document.title === "") wrong("the page has no language or no title");

  return { text: document.body.textContent.replace(/\s+/g, " ").trim(), theme: [...theme], problems };
})()
