import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { CodeBoxes, digitsOf } from "./CodeBoxes";

function Held({ start, told, onEnter }: { start: string; told: { now: string }; onEnter(): void }) {
  const [code, setCode] = useState(start);
  told.now = code;
  return <CodeBoxes label="Code" value={code} onChange={setCode} onEnter={onEnter} autoFocus />;
}

function boxes(start = "") {
  const onEnter = vi.fn();
  const value = { now: start };
  render(<Held start={start} told={value} onEnter={onEnter} />);
  const all = screen.getAllByRole<HTMLInputElement>("textbox");
  return {
    user: userEvent.setup(),
    onEnter,
    value,
    all,
    at: () => all.indexOf(document.activeElement as HTMLInputElement) + 1,
    shown: () => all.map((box) => box.value || "_").join(""),
  };
}

describe("six boxes for a code", () => {
  it("typing goes on by itself, and Enter is done", async () => {
    const { user, shown, at, onEnter, value } = boxes();
    expect(at()).toBe(1);
    await user.keyboard("418");
    expect([shown(), at()]).toEqual(["418___", 4]);
    await user.keyboard("029{Enter}");
    expect([shown(), at()]).toEqual(["418029", 6]);
    expect(onEnter).toHaveBeenCalledOnce();
    expect(digitsOf(value.now)).toBe("418029");
  });

  it.each(["418029", "418 029", " 418-029\n", "418029999"])("takes %j pasted, in any box", async (text) => {
    const { user, shown, all } = boxes();
    await user.click(all[3] as HTMLInputElement);
    await user.paste(text);
    expect(shown()).toBe("418029");
  });

  it("a part that is pasted starts where it is put", async () => {
    const { user, shown, at } = boxes("41");
    await user.keyboard("{ArrowRight}{ArrowRight}");
    await user.paste("80");
    expect([shown(), at()]).toEqual(["4180__", 5]);
  });

  it("takes digits alone", async () => {
    const { user, shown, at } = boxes();
    await user.keyboard("a4-b");
    expect([shown(), at()]).toEqual(["4_____", 2]);
    await user.paste("none");
    expect(shown()).toBe("4_____");
  });

  it("arrows, Home and End move and stop at the ends; a digit replaces what is there", async () => {
    const { user, shown, at } = boxes("418029");
    await user.keyboard("{ArrowLeft}");
    expect(at()).toBe(1);
    await user.keyboard("{ArrowRight}{ArrowRight}7");
    expect([shown(), at()]).toEqual(["417029", 4]);
    await user.keyboard("{End}{ArrowRight}");
    expect(at()).toBe(6);
    await user.keyboard("{Home}9");
    expect([shown(), at()]).toEqual(["917029", 2]);
  });

  it("Backspace takes back, Delete clears in place", async () => {
    const { user, shown, at } = boxes();
    await user.keyboard("4180{Backspace}");
    expect([shown(), at()]).toEqual(["418___", 4]);
    await user.keyboard("{Home}{Delete}");
    expect([shown(), at()]).toEqual(["_18___", 1]);
  });

  it("a gap stays a gap", async () => {
    const { user, all, value } = boxes();
    await user.click(all[2] as HTMLInputElement);
    await user.keyboard("8");
    expect(value.now).toBe("  8   ");
    expect(digitsOf(value.now)).toBe("8");
  });
});
