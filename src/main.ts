/** The process. The only place that sets an exit code. */
import { runCli } from "./cli/cli.ts";

// Who reads may leave first, as in `… --help | head -1`: what is left to say is then nobody's, and no defect.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Databases, keys and backups hold personal data: only the owner's to read.
process.umask(0o077);

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
});
