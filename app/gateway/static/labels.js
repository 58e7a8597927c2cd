// Lines and labels on the chart's canvas; a label lies on the page's colour, beside no other.

const LABEL = { height: 16, padding: 3 };
const PAGE_ALPHA = "db"; // 86 %

/** Draw a line from one point to another. */
export function line(context, from, to, { width = 1, dash = [] } = {}) {
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
  context.setLineDash([]);
}

/** Draw a dot. */
export function dot(context, x, y) {
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
}

/** Return how wide a label of these words is. */
export const widthOf = (context, words) => context.measureText(words).width + 2 * LABEL.padding;

/** Push labels down where two would touch, and keep them inside the pane. */
export function placeLabels(labels, context, { width, height }) {
  const placed = [];
  for (const label of labels) {
    const wide = widthOf(context, label.words);
    const shift = { left: 0, center: wide / 2, right: wide }[label.align];
    const left = Math.min(Math.max(label.x - shift, 2), width - wide - 2);
    Object.assign(label, { left, wide });
    const touches = (other) =>
      left < other.left + other.wide &&
      other.left < left + wide &&
      Math.abs(label.y - other.y) < LABEL.height;
    while (!label.fixed && placed.some(touches) && label.y < height - LABEL.height) label.y += LABEL.height;
    label.y = Math.min(label.y, height - LABEL.height / 2);
    placed.push(label);
  }
}

/** Draw a label, with a thin leader where it was pushed away from its anchor. */
export function drawLabel({ words, left, wide, y, anchor }, context, page, violet) {
  if (anchor && y - anchor[1] > LABEL.height + 2) {
    context.globalAlpha = 0.6;
    line(context, [anchor[0], anchor[1] + 4], [anchor[0], y - LABEL.height / 2]);
    context.globalAlpha = 1;
  }
  context.fillStyle = `${page}${PAGE_ALPHA}`;
  context.fillRect(left, y - LABEL.height / 2, wide, LABEL.height);
  context.fillStyle = violet;
  context.textAlign = "left";
  context.fillText(words, left + LABEL.padding, y + 1);
}
