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
    if (boxes.length > 1 && node.parentElement.matches("strong, th, td, b, i, dd, text")) wrong(`the text ${quote(node.data)} is broken over lines`);
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
  for (const shape of shapes.filter((shape) => shape.matches(".blue, .pale, .grey, .red, .mark"))) {
    const color = getComputedStyle(shape).fill;
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

  // The columns with their parts, and the line of the answer rate above them.
  const chart = document.querySelector("#days");
  if (chart) {
    const levels = ".chart:has(#days) svg:first-child text";
    const [height, rateAt] = [scaled(lines(levels, (text) => !text.includes("%"))), scaled(lines(levels, (text) => text.includes("%")))];
    const columns = [...chart.querySelectorAll("g:has(> title)")];
    const dots = [];
    let right = box(chart).left - 0.5;
    for (const column of columns) {
      const title = column.querySelector("title").textContent;
      const [calls, answered, unanswered, pending, , rate] = title.match(/(?: \d{4}|:00)\. Calls: ([\d,]+), answered: ([\d,]+), not answered: ([\d,]+), pending: ([\d,]+)(, answer rate: ([\d.]+) %)?$/).slice(1).map((text) => text && number(text));
      if (calls !== answered + unanswered + pending) wrong(`the column ${quote(title)} does not add up`);
      let below = 0;
      for (const [part, n] of [["blue", answered], ["pale", unanswered], ["grey", pending]]) {
        const rect = column.querySelector(`rect.${part}`);
        if (!rect !== (n === 0)) wrong(`the ${part} part of ${quote(title)} is ${rect ? "" : "not "}there`);
        if (!rect) continue;
        if (!near(box(rect).bottom, height(below), 1) || !near(box(rect).top, height(below + n), 1)) {
          wrong(`the ${part} part of ${quote(title)} is from ${box(rect).bottom} to ${box(rect).top}, not ${height(below)} to ${height(below + n)}`);
        }
        if (below === 0 && box(rect).left < right) wrong(`the column ${quote(title)} is not beside the one before it`);
        if (box(rect).width < 1) wrong(`the column ${quote(title)} is ${box(rect).width} px wide`);
        below += n;
      }
      const [dot, rects] = [column.querySelector("circle"), column.querySelectorAll("rect")];
      if (!dot !== (rate === undefined)) wrong(`the rate of ${quote(title)} is ${dot ? "" : "not "}there`);
      if (dot && !(near(middle(box(dot)).y, rateAt(rate), 1) && near(middle(box(dot)).x, middle(box(rects[0])).x, 1))) wrong(`the rate of ${quote(title)} is not where it should be`);
      dots.push(dot && middle(box(dot)));
      if (rects.length) right = box(rects[0]).right;
    }
    const drawn = [...chart.querySelectorAll("line.rate")].map(box);
    const pairs = dots.slice(1).map((dot, i) => [dots[i], dot]).filter(([from, to]) => from && to);
    if (drawn.length !== pairs.length) wrong(`${drawn.length} lines join ${pairs.length} rates`);
    drawn.forEach((line, i) => {
      const [from, to] = pairs[i];
      const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
      if (!near(line.left, from.x, 2) || !near(line.right, to.x, 2) || !near(line.top, top, 2) || !near(line.bottom, bottom, 2)) wrong(`line ${i} of the answer rate does not join its dots`);
    });
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
      value: item.textContent.trim() === "none" ? 0 : number(item.textContent), fill: getComputedStyle(item.querySelector("rect")).fill,
    }));
    const shades = legend.map(({ fill }) => Math.abs(luminance(fill) - luminance(behind(grid))));
    legend.forEach(({ value, fill }, i) => {
      theme.add(fill);
      if (i > 0 && !(value > legend[i - 1].value && shades[i] > shades[i - 1] && contrast(fill, legend[i - 1].fill) > 1.25)) wrong(`shade ${i} is too much like the one before it`);
    });
    if (contrast(legend[legend.length - 1].fill, behind(grid)) < 3) wrong("the strongest shade is faint");
    const days = [...document.querySelectorAll(".chart:has(#hours) svg:first-child text")].map((text) => ({ name: text.textContent, y: middle(box(text)).y }));
    const squares = [...grid.querySelectorAll("rect")];
    if (squares.length !== 24 * days.length) wrong(`${squares.length} squares for ${days.length} days`);
    let hottest = 0;
    squares.forEach((square, i) => {
      const title = square.querySelector("title").textContent;
      const [, name, hour, calls, of] = title.match(/^(\w{3}) (\d\d):00 to \d\d:00\. Calls: ([\d,]+), days: (\d+)$/);
      const [day, at] = [days[Math.floor(i / 24)], box(square)];
      if (day.name !== name || !near(middle(at).y, day.y, 3)) wrong(`the square ${quote(title)} is in another row`);
      if (Number(hour) !== i % 24 || !near(at.left, box(grid).left + box(grid).width * hour / 24, 1) || at.width > box(grid).width / 24) wrong(`the square ${quote(title)} is at another hour`);
      const shade = legend.filter(({ value }) => value * of + 1e-6 < number(calls)).length;
      if (shade >= legend.length || getComputedStyle(square).fill !== legend[shade].fill) wrong(`the square ${quote(title)} does not have shade ${shade}`);
      hottest = Math.max(hottest, shade);
    });
    if (hottest !== legend.length - 1) wrong("no square has the strongest shade");
    for (const label of grid.querySelectorAll("text")) {
      if (!near(box(label).left, box(squares[number(label.textContent)]).left, 2)) wrong(`the hour ${quote(label.textContent)} is under another square`);
    }
  }

  // Each call is in one country; what is pending is in one status.
  const total = document.querySelector(".tiles strong");
  if (total) {
    const rows = [...document.querySelectorAll("#countries tbody tr")].map((row) => ({ calls: number(row.cells[2].textContent), bars: [...row.querySelectorAll("rect")].map((rect) => box(rect).width), row }));
    if (rows.reduce((sum, { calls }) => sum + calls, 0) !== number(total.textContent)) wrong("the countries do not add up to the calls");
    rows.forEach(({ calls, bars: [track, bar], row }, i) => {
      if (i > 0 && calls > rows[i - 1].calls) wrong(`${quote(row.textContent)} is not sorted`);
      if (track > 0 && !near(bar / track, calls / rows[0].calls, 0.001)) wrong(`the bar of ${quote(row.textContent)} shows ${bar / track}`);
    });
    const tables = [...document.querySelectorAll("#countries table")].map((table) => [...table.rows].filter((row) => row.checkVisibility()));
    for (const row of tables.flat()) {
      [...row.cells].forEach((cell, i) => {
        const above = tables[0][0].cells[i];
        if (box(row).left === box(tables[0][0]).left && !near(box(cell).right, box(above).right, 0.5)) wrong(`the cell ${quote(cell.textContent)} is not in line with ${quote(above.textContent)}`);
      });
    }
    const tile = [...document.querySelectorAll(".tiles section")].find((section) => section.textContent.includes("Pending"));
    const parts = [...tile.querySelector("p").textContent.matchAll(/\d[\d,]* /g)].map(([text]) => number(text));
    if (parts.reduce((sum, n) => sum + n, 0) !== number(tile.querySelector("strong").textContent)) wrong("the pending calls do not add up");
  } else if (document.querySelector("main svg") || !document.body.textContent.includes("No calls in this window")) {
    wrong("the page draws calls that there are not");
  }
  for (const row of document.querySelectorAll(".rows li:has(svg)")) {
    const [track, bar] = [...row.querySelectorAll("rect")].map((rect) => box(rect).width);
    if (!near(bar / track, number(row.querySelector("i").textContent) / 100, 0.001)) wrong(`the bar of ${quote(row.textContent)} shows ${bar / track}`);
  }
  for (const scale of document.querySelectorAll(".scale")) {
    const ticks = [...scale.querySelectorAll("text")].map((text) => ({ value: number(text.textContent), x: middle(text.getBoundingClientRect()).x }));
    const [first, last] = [ticks[0], ticks[ticks.length - 1]];
    const x = (value) => first.x + (last.x - first.x) * (value - first.value) / (last.value - first.value);
    const [median, mean, high, range] = [...scale.parentElement.querySelectorAll("dd")].map((dd) => dd.textContent.split(" to ").map(number));
    const at = (selector) => box(scale.querySelector(selector));
    for (const [what, value, have] of [
      ["median", median[0], middle(at("circle")).x], ["mean", mean[0], middle(at("path")).x], ["percentile", high[0], middle(at("rect.mark")).x],
      ["smallest", range[0], at(".pale").left], ["largest", range[1], at(".pale").right],
    ]) {
      if (!near(have, x(value), 2)) wrong(`the ${what} of ${scale.id} is drawn at ${have}, not ${x(value)}`);
    }
  }

  return { text: document.body.textContent.replace(/\s+/g, " ").trim(), theme: [...theme], problems };
})()
