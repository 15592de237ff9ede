// A lock in the rows of threads: colour, pattern of the edge and a letter each tell who held it,
// who held it while others waited, and who waited.

import { type LockBox, type LockRole, roleLetters } from "../layout/lock_light";
import { type Ink, type InkName, mixed, sans } from "./ink";

const inks: Readonly<Record<LockRole, InkName>> = {
  held: "running",
  contended: "runnable",
  waiting: "locked",
};
const letterMin = 14; // pixels that a box needs for its letter

export function drawLock(
  context: CanvasRenderingContext2D,
  ink: Ink,
  boxes: readonly LockBox[],
): void {
  context.font = `700 10px ${sans}`;
  context.textBaseline = "middle";
  for (const { x, y, width, height, role } of boxes) {
    const color = ink[inks[role]];
    context.fillStyle = mixed(color, ink.panel, 0.3);
    context.fillRect(x, y - 1, width, height + 2);
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.setLineDash(role === "waiting" ? [4, 3] : []);
    context.strokeRect(x, y - 1, width, height + 2);
    if (role === "contended") {
      context.fillStyle = color;
      context.fillRect(x, y + height - 2, width, 3);
    }
    if (width < letterMin || height < 8) continue;
    context.fillStyle = ink.text;
    context.fillText(roleLetters[role], x + 4, y + height / 2);
  }
  context.setLineDash([]);
}
