import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { QrCode } from "./QrCode";

it("draws the modules on a white ground, with four of it around them", () => {
  render(<QrCode qr={{ size: 45, path: "M0 0h7M8 0h1" }} label="QR code of Devika Patel" />);
  const image = screen.getByRole("img", { name: "QR code of Devika Patel" });
  expect(image.getAttribute("viewBox")).toBe("-4 -4 53 53");
  const ground = image.querySelector("rect");
  expect(["x", "y", "width", "height"].map((name) => ground?.getAttribute(name))).toEqual([
    "-4",
    "-4",
    "53",
    "53",
  ]);
  const modules = image.querySelector("path");
  expect(modules?.getAttribute("d")).toBe("M0 0h7M8 0h1");
  // A line one module thick, lowered onto the middle of its row.
  expect(modules?.getAttribute("stroke-width")).toBe("1");
  expect(modules?.getAttribute("transform")).toBe("translate(0 0.5)");
  // Nothing of it may be fetched or run.
  expect(image.querySelector("image, foreignObject, script")).toBeNull();
});
