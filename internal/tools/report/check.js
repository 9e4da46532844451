// What a person would see of the page, and what is wrong with it. Evaluated in
// the page; gives {text, theme, problems}.
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
    for (const box of range.getClientRects()) {
      if (box.width > 0) texts.push({ node, box, text: node.data });
    }
  }
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  texts.forEach((a, i) => {
    for (const b of texts.slice(i + 1)) {
      if (overlap(a.box, b.box)) wrong(`the texts ${quote(a.text)} and ${quote(b.text)} overlap`);
    }
  });
  const shapes = [...document.querySelectorAll("svg :is(rect, circle, path, line)")];
  for (const shape of shapes) {
    const box = shape.getBoundingClientRect();
    // A line has no area.
    const thick = { left: box.left, right: Math.max(box.right, box.left + 1), top: box.top, bottom: Math.max(box.bottom, box.top + 2) };
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
  for (const shape of shapes.filter((shape) => shape.matches(".blue, .pale, .red, .mark"))) {
    const color = getComputedStyle(shape).fill;
    theme.add(color);
    const ratio = contrast(color, behind(shape));
    if (ratio < 3) wrong(`a ${shape.localName} has a contrast of ${ratio.toFixed(2)}`);
  }

  // The drawings show the figures that stand beside them.
  const number = (text) => Number(text.replace(/,/g, "").match(/-?[\d.]+/)[0]);
  const middle = (box) => ({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 });
  const levels = [...document.querySelectorAll(".chart svg:first-child text")].map((text) => ({ value: number(text.textContent), y: middle(text.getBoundingClientRect()).y }));
  const [zero, top] = [levels[0], levels[levels.length - 1]];
  let right = 0;
  for (const column of document.querySelectorAll("#days rect")) {
    const box = column.getBoundingClientRect();
    const title = column.querySelector("title").textContent;
    const calls = number(title.split(": ")[1]);
    const height = (zero.y - top.y) * calls / top.value;
    if (!near(box.height, height, 1)) wrong(`the column ${quote(title)} is ${box.height} px high, not ${height}`);
    if (!near(box.bottom, zero.y, 2)) wrong(`the column ${quote(title)} does not stand on zero`);
    if (box.left < right) wrong(`the column ${quote(title)} is not beside the one before it`);
    right = box.right;
  }
  for (const row of document.querySelectorAll(".rows li:has(svg)")) {
    const [track, bar] = [...row.querySelectorAll("rect")].map((rect) => rect.getBoundingClientRect().width);
    if (!near(bar / track, number(row.querySelector("i").textContent) / 100, 0.001)) wrong(`the bar of ${quote(row.textContent)} shows ${bar / track}`);
  }
  for (const scale of document.querySelectorAll(".scale")) {
    const ticks = [...scale.querySelectorAll("text")].map((text) => ({ value: number(text.textContent), x: middle(text.getBoundingClientRect()).x }));
    const [first, last] = [ticks[0], ticks[ticks.length - 1]];
    const x = (value) => first.x + (last.x - first.x) * (value - first.value) / (last.value - first.value);
    const [median, mean, high, range] = [...scale.parentElement.querySelectorAll("dd")].map((dd) => dd.textContent.split(" to ").map(number));
    const at = (selector) => scale.querySelector(selector).getBoundingClientRect();
    for (const [what, value, have] of [
      ["median", median[0], middle(at("circle")).x], ["mean", mean[0], middle(at("path")).x], ["percentile", high[0], middle(at("rect.mark")).x],
      ["smallest", range[0], at(".pale").left], ["largest", range[1], at(".pale").right],
    ]) {
      if (!near(have, x(value), 2)) wrong(`the ${what} of ${scale.id} is drawn at ${have}, not ${x(value)}`);
    }
    const card = scale.closest("section").getBoundingClientRect();
    for (const shape of scale.querySelectorAll("rect, circle, path")) {
      const box = shape.getBoundingClientRect();
      if (box.left < card.left || box.right > card.right) wrong(`a ${shape.localName} of ${scale.id} sticks out of its card`);
    }
  }

  return { text: document.body.textContent.replace(/\s+/g, " ").trim(), theme: [...theme], problems };
})()
