// The emotions of a talk over time: a drawing, its words, and a table with the same.

import { element, shape } from "./dom.js";
import { emotions, emotionWords } from "./emotions.js";

const width = 360;
const left = 64;
const right = 14;
const top = 14;
const row = 26;
const bottom = 30;

const clock = new Intl.DateTimeFormat("ko", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const timeOf = (timestamp) => clock.format(timestamp);

/**
 * @param {{emotion: string|null, timestamp: number}[]} turns In order.
 * @returns {Element[]} What is shown.
 */
export function plotOf(turns) {
  const felt = turns.filter(({ emotion }) => emotions.some(({ name }) => name === emotion));
  if (felt.length === 0) {
    return [element("p", { class: "aside" }, "아직 고른 마음이 없어요. 말하기 전에 지금 마음을 고르면 여기에 그려져요.")];
  }

  return [drawing(felt), element("details", { class: "as-table" }, element("summary", {}, "표로 보기"), table(felt))];
}

function drawing(felt) {
  const height = top + row * emotions.length + bottom;
  const [first, last] = [felt[0].timestamp, felt.at(-1).timestamp];
  const across = width - left - right - 16;
  const points = felt.map(({ emotion, timestamp }) => ({
    x: left + 8 + (last > first ? ((timestamp - first) / (last - first)) * across : across / 2),
    y: top + row * (emotions.findIndex(({ name }) => name === emotion) + 0.5),
    words: `${timeOf(timestamp)} ${emotionWords(emotion)}`,
  }));

  return shape("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": inWords(felt) },
    ...emotions.flatMap(({ words }, i) => {
      const y = top + row * (i + 0.5);
      return [
        shape("line", { class: "grid", x1: left, x2: width - right, y1: y, y2: y }),
        shape("text", { class: "label", x: left - 10, y: y + 5, "text-anchor": "end" }, words),
      ];
    }),
    shape("path", { class: "way", d: wayThrough(points) }),
    ...points.map(({ x, y, words }) => shape("circle", { class: "point", cx: x, cy: y, r: 5 }, shape("title", {}, words))),
    ...(last > first
      ? [shape("text", { class: "time", x: left, y: height - 8 }, timeOf(first)),
        shape("text", { class: "time", x: width - right, y: height - 8, "text-anchor": "end" }, timeOf(last))]
      : [shape("text", { class: "time", x: left + 8 + across / 2, y: height - 8, "text-anchor": "middle" }, timeOf(first))]));
}

/** Smooth, and through every point: it leaves and reaches each one level. */
function wayThrough([start, ...rest]) {
  let { x, y } = start;
  let way = `M${x} ${y}`;
  for (const next of rest) {
    const middle = (x + next.x) / 2;
    way += `C${middle} ${y} ${middle} ${next.y} ${next.x} ${next.y}`;
    ({ x, y } = next);
  }

  return way;
}

/** For who does not see it. */
function inWords(felt) {
  const way = felt.length > 12 ? [...felt.slice(0, 6), null, ...felt.slice(-6)] : felt;
  return `시간에 따른 마음, 모두 ${felt.length}번: ${way.map((turn) => (turn ? emotionWords(turn.emotion) : "…")).join(", ")}. 표로도 볼 수 있어요.`;
}

function table(felt) {
  return element("table", {},
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "시각"), element("th", { scope: "col" }, "마음"))),
    element("tbody", {}, ...felt.map(({ emotion, timestamp }) =>
      element("tr", {}, element("td", {}, timeOf(timestamp)), element("td", {}, emotionWords(emotion))))));
}
