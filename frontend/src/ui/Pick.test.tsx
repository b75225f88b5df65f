import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { showPage } from "../testing/page";
import { Pick } from "./Pick";

const choices = [
  { value: "7", label: "corp.example" },
  { value: "8", label: "lab.example" },
];

describe("one of several", () => {
  it("is chosen, and no choice again", async () => {
    const onChange = vi.fn();
    const { user } = showPage(() => (
      <Pick label="Source" value="7" choices={choices} none="all" onChange={onChange} />
    ));
    const box = await screen.findByRole("combobox", { name: "Source" });
    expect((box as HTMLSelectElement).value).toBe("7");
    await user.selectOptions(box, "lab.example");
    await user.selectOptions(box, "all");
    expect(onChange.mock.calls).toEqual([["8"], [undefined]]);
  });
  it("offers no nothing where one is always chosen, and is named where its label is not seen", async () => {
    showPage(() => <Pick label="After the read" heard value="8" choices={choices} onChange={() => {}} />);
    await screen.findByRole("combobox", { name: "After the read" });
    expect(screen.getAllByRole("option").map((option) => option.textContent)).toEqual([
      "corp.example",
      "lab.example",
    ]);
  });
});
