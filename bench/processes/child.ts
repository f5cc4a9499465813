/** The child's end: answers the parent's commands until the parent lets go, or is gone. */
import { type Fields, fieldsOf, numberOf, textOf, toFields } from "./fields.ts";

export type Commands = Readonly<Record<string, (argument: Fields) => Promise<object>>>;

export function serveParent(commands: Commands, onEnd: () => Promise<void>): void {
  process.on("message", (message: unknown) => {
    const { id, command, argument } = parse(message);
    run(commands, command, argument).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) =>
        process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Not `process.disconnect`: without a parent there is nobody to measure for.
  process.once("disconnect", () => {
    onEnd().finally(() => process.exit());
  });
}

function parse(message: unknown): { id: number; command: string; argument: Fields } {
  const fields = toFields(message);
  return {
    id: numberOf(fields, "id"),
    command: textOf(fields, "command"),
    argument: fieldsOf(fields, "argument"),
  };
}

async function run(commands: Commands, name: string, argument: Fields): Promise<object> {
  const command = commands[name];
  if (command === undefined) throw new Error(`no such command: ${name}`);
  return await command(argument);
}
