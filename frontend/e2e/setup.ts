import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the tests of every file reach the one browser. */
    browser: string;
    binary: string;
  }
}

/** The path of a program that is named as a shell would name it; undefined if there is none. */
export function find(name: string, ...more: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...more];
  return [name, ...folders.map((folder) => join(folder, name))].find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return path.includes("/");
    } catch {
      return false;
    }
  });
}

function needed(variable: string, what: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} has to name ${what}; go run ./build test does that.`);
  return value;
}

/** Starts the one browser of all test files. */
export default async function setup(project: TestProject) {
  const binary = needed("GATEHOUSE_BINARY", "a built server with the pages in it");
  const name = needed("GATEHOUSE_BROWSER", "Chromium or Chrome");
  const executablePath = find(name);
  if (!executablePath) throw new Error(`There is no browser ${name}.`);
  const server = await chromium.launchServer({ executablePath, args: ["--disable-gpu"] });
  project.provide("browser", server.wsEndpoint());
  project.provide("binary", binary);
  return () => server.close();
}
