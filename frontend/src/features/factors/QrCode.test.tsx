import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { QrCode } from "./QrCode";

it("draws the modules on a white ground, with four of it around them", () => {
  render(<QrCode qr={{ size: 45, path: "M0 0h7v1h-7z" }} label="QR code of Devika Patel" />);
  const image = screen.getByRole("img", { name: "QR code of Devika Patel" });
  expect(image.getAttribute("viewBox")).toBe("-4 -4 53 53");
  const ground = image.querySelector("rect");
  expect(["x", "y", "width", "height"].map((name) => ground?.getAttribute(name))).toEqual([
    "-4",
    "-4",
    "53",
    "53",
  ]);
  expect(image.querySelector("path")?.getAttribute("d")).toBe("M0 0h7v1h-7z");
  // Nothing of it may be fetched or run.
  expect(image.querySelector("image, foreignObject, script")).toBeNull();
});
