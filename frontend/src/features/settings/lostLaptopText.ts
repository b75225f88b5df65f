import { dayText } from "../../lib/moment";
import { countText } from "../../lib/number";
import type { LostLaptop } from "./queries";

/** What the encryption of the disk means for a finder. */
export const diskWords: Record<LostLaptop["disk"], string> = {
  yes: "The disk is encrypted. That helps if the computer was switched off when it was lost.",
  no: "The disk is not encrypted: whoever has it reads everything below.",
  unknown: "Whether the disk is encrypted is not known here: look in the settings of the operating system.",
};

/** The whole page as text, to keep where it can be read without this computer. */
export function lostLaptopText(loss: LostLaptop, now: Date): string {
  const lines = ["Gatehouse: what to do when this computer is lost", "", diskWords[loss.disk], ""];
  lines.push("What a finder needs to open the secrets");
  lines.push(...(loss.opens.length > 0 ? loss.opens : ["Nothing is sealed."]).map((line) => `- ${line}`));
  lines.push("", "What to change, worst first");
  for (const each of loss.rotate) {
    const of = each.about ? ` for ${each.about.name}` : "";
    lines.push(
      `- ${each.risk}: ${each.what}${of}. Where: ${each.where}.${setText(each, now)}`,
      `  ${each.how}`,
    );
  }
  if (loss.rotate.length === 0) lines.push("- Nothing.");
  lines.push("", "What lies in the folder unsealed");
  lines.push(...loss.exposed.map((each) => `- ${each.what}: ${countText(each.count)}`));
  return `${lines.join("\n")}\n`;
}

function setText(each: LostLaptop["rotate"][number], now: Date): string {
  if (!each.about) return "";
  return each.setAt ? ` Set ${dayText(new Date(each.setAt), now)}.` : " Set: unknown.";
}
