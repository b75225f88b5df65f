import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { json, serveBy, showPage } from "../../testing/page";
import { RulesDialog } from "./RulesDialog";

const rules = { dormantDays: 90, neverUsedDays: 30, nestingSteps: 3 };
vi.setConfig({ testTimeout: 60_000 });

async function show(put: (body: unknown) => unknown = (body) => body) {
  const onClose = vi.fn();
  const asked = serveBy(({ method, body }) => (method === "PUT" ? put(body) : rules));
  const { user } = showPage(() => <RulesDialog onClose={onClose} />);
  const dormant = await screen.findByLabelText(/^Dormant after/, undefined, { timeout: 5_000 });
  const save = screen.getByRole("button", { name: "Save" });
  const saved = () => asked.filter(({ method }) => method === "PUT");
  return { user, dormant, save, saved, onClose };
}

describe("the thresholds of the checks", () => {
  it("are saved whole, with what was changed", async () => {
    const { user, dormant, save, saved, onClose } = await show();
    await user.clear(dormant);
    await user.type(dormant, "60");
    await user.click(save);
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
    expect(saved()).toMatchObject([
      { method: "PUT", path: "/findings/rules", body: { ...rules, dormantDays: 60 } },
    ]);
  });

  it("are not sent while one makes no sense, and the button says which", async () => {
    const { user, dormant, save, saved, onClose } = await show();
    await user.clear(dormant);
    expect(save.getAttribute("aria-disabled")).toBe("true");
    await user.click(save);
    await screen.findByText("Dormant after: Days without a sign-in, 15 to 730.");
    expect(saved()).toEqual([]);
    expect(onClose).not.toHaveBeenCalled();
  });

  it("stay as typed where the server refuses them, with its reason at the field", async () => {
    const { user, dormant, save, onClose } = await show(() =>
      json(
        {
          title: "Invalid",
          status: 422,
          kind: "invalid",
          detail: "dormantDays is 60; it must be from 15 to 730.",
          errors: [{ message: "dormantDays is 60; it must be from 15 to 730.", location: "dormantDays" }],
        },
        422,
      ),
    );
    await user.clear(dormant);
    await user.type(dormant, "60");
    await user.click(save);
    expect((await screen.findByRole("alert")).textContent).toContain("it must be from 15 to 730");
    expect((dormant as HTMLInputElement).value).toBe("60");
    expect(onClose).not.toHaveBeenCalled();
  });
});
