import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { ResultRows } from "./CheckResult";
import type { CheckReport } from "./draft";

const fingerprint = "4F:1B:90:C7:2E";

function show(result: Partial<CheckReport["results"][number]>, confirmed = false) {
  const onFingerprint = vi.fn();
  const onCaFile = vi.fn();
  render(
    <MantineProvider>
      <table>
        <tbody>
          <ResultRows
            result={{
              state: "passed",
              step: "certificate",
              title: "Certificate",
              text: "signed by X",
              ...result,
            }}
            confirmed={confirmed}
            busy={false}
            onFingerprint={onFingerprint}
            onCaFile={onCaFile}
          />
        </tbody>
      </table>
    </MantineProvider>,
  );
  return { onFingerprint, onCaFile };
}

describe("a certificate nobody vouches for", () => {
  const unknown = {
    state: "needsYou",
    fingerprint,
    remedy: "Run the command.",
    copy: "openssl x509",
  } as const;
  it("is confirmed by its fingerprint, in groups that can be compared", async () => {
    const { onFingerprint } = show(unknown);
    expect(screen.getByText(/4F:1B:90:C7 2E/)).toBeDefined();
    await userEvent.click(screen.getByRole("checkbox"));
    expect(onFingerprint).toHaveBeenCalledWith(fingerprint);
  });
  it("can be unconfirmed again", async () => {
    const { onFingerprint } = show({ ...unknown, state: "passed" }, true);
    await userEvent.click(screen.getByRole("checkbox"));
    expect(onFingerprint).toHaveBeenCalledWith(undefined);
  });
  it("says how to compare when asked, and offers the CA file", async () => {
    const { onCaFile } = show(unknown);
    expect(screen.queryByText("Run the command.")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "How to compare" }));
    expect(screen.getByText("Run the command.")).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "Use a CA file instead" }));
    expect(onCaFile).toHaveBeenCalledOnce();
  });
});

it("a certificate an authority vouches for asks nothing", () => {
  show({ fingerprint });
  expect(screen.queryByRole("checkbox")).toBeNull();
});

it("a failure shows its remedy; a missing right offers its text", () => {
  show({ state: "failed", title: "Port", text: "Nothing answers.", remedy: "Check host and port." });
  expect(screen.getByText("Check host and port.")).toBeDefined();
  show({
    state: "missing",
    title: "Right missing",
    text: "x is not readable",
    remedy: "Grant it.",
    copy: "olcAccess: to x",
  });
  expect(screen.queryByText("Grant it.")).toBeNull();
  expect(screen.getByRole("button", { name: "Copy olcAccess" })).toBeDefined();
});
