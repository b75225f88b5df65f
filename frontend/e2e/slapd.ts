import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { find } from "./setup";

const run = promisify(execFile);
const program = (name: string) => find(name, "/usr/sbin", "/sbin") ?? "";

/** What has to be installed for a directory server, or undefined if it can be started here. */
export const missing = ["slapd", "slapadd", "openssl"].every((name) => program(name))
  ? undefined
  : "apt-get install slapd ldap-utils openssl";

const base = "dc=bergen,dc=example";
const people = ["Tuva Ahlgren", "Xiaoyu Bai", "Aoife Ní Dhomhnaill", "Per Haugen", "Haja Rakotomalala"];

/** A company of five people and three groups, one inside another. */
function company(): string {
  const entries = [
    `dn: ${base}\nobjectClass: dcObject\nobjectClass: organization\ndc: bergen\no: Bergen`,
    ...["people", "groups", "service"].map(
      (ou) => `dn: ou=${ou},${base}\nobjectClass: organizationalUnit\nou: ${ou}`,
    ),
    `dn: cn=reader,ou=service,${base}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: reader-secret`,
  ];
  const dns = people.map((name, at) => {
    const [given = "", ...rest] = name.split(" ");
    const sn = rest.join(" ");
    const dn = `uid=user${at},ou=people,${base}`;
    entries.push(
      `dn: ${dn}\nobjectClass: inetOrgPerson\nuid: user${at}\ncn:: ${b64(name)}\nsn:: ${b64(sn)}\ngivenName:: ${b64(given)}\nemployeeNumber: ${100 + at}`,
    );
    return dn;
  });
  const group = (cn: string, members: string[]) =>
    entries.push(
      [
        `dn: cn=${cn},ou=groups,${base}`,
        "objectClass: groupOfNames",
        `cn: ${cn}`,
        ...members.map((dn) => `member: ${dn}`),
      ].join("\n"),
    );
  group("inner", dns.slice(0, 3));
  group("outer", [`cn=inner,ou=groups,${base}`, dns[3] ?? ""]);
  group("other", [dns[4] ?? ""]);
  return `${entries.join("\n\n")}\n`;
}

const b64 = (text: string) => Buffer.from(text).toString("base64");

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? resolve(address.port) : reject(address)));
    });
  });
}

/** A real OpenLDAP server on a loopback port with a certificate of its own, until it is closed. */
export class Slapd {
  readonly base = base;
  readonly reader = `cn=reader,ou=service,${base}`;
  readonly password = "reader-secret";
  readonly people = people;

  private constructor(
    readonly url: string,
    /** SHA-256 of its certificate, in pairs with colons. */
    readonly fingerprint: string,
    /** For files a test leaves beside the server. */
    readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Slapd> {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-slapd-"));
    const file = (name: string) => join(folder, name);
    mkdirSync(file("db"));
    await run(program("openssl"), [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", file("key.pem"), "-out", file("cert.pem")],
    ]);
    const { stdout } = await run(program("openssl"), [
      "x509",
      "-in",
      file("cert.pem"),
      "-noout",
      "-fingerprint",
      "-sha256",
    ]);
    writeFileSync(
      file("slapd.conf"),
      [
        ...["core", "cosine", "inetorgperson"].map((schema) => `include /etc/ldap/schema/${schema}.schema`),
        "modulepath /usr/lib/ldap",
        "moduleload back_mdb",
        `pidfile ${file("slapd.pid")}`,
        `TLSCertificateFile ${file("cert.pem")}`,
        `TLSCertificateKeyFile ${file("key.pem")}`,
        "database mdb",
        `suffix "${base}"`,
        `directory ${file("db")}`,
        "access to attrs=userPassword by anonymous auth by * none",
        "access to * by users read by anonymous auth",
        "",
      ].join("\n"),
    );
    writeFileSync(file("data.ldif"), company());
    await run(program("slapadd"), ["-q", "-f", file("slapd.conf"), "-b", base, "-l", file("data.ldif")]);
    const port = await freePort();
    const child = spawn(
      program("slapd"),
      ["-f", file("slapd.conf"), "-d", "0", "-h", `ldaps://127.0.0.1:${port}`],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    child.stderr.on("data", (text) => {
      log += text;
    });
    const gone = new Promise<never>((_, reject) =>
      child.once("exit", (code) => reject(new Error(`slapd ended with ${code}: ${log}`))),
    );
    gone.catch(() => {});
    await Promise.race([listening(file("slapd.pid")), gone]);
    return new Slapd(`ldaps://localhost:${port}`, stdout.split("=")[1]?.trim() ?? "", folder, child);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** slapd writes its pid once it listens. */
async function listening(pidFile: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    try {
      if (readFileSync(pidFile, "utf8").trim()) return;
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("slapd does not listen after 10 s.");
}
