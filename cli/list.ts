import { takeInventory } from '../runner/sets/listedSet.ts';
import { backupOptions, backupOptionTexts } from './backupFile.ts';
import type { Command } from './command.ts';
import { inventoryJSON, inventoryText } from './inventoryText.ts';
import { openBackup } from './openBackup.ts';
import { outlookOf } from './outlook.ts';
import { outputFormat, outputOption } from './output.ts';

/** `dbbackup list`: what lies in the folder, what is wrong with it, and what retention does with it. */
export const listCommand: Command = {
  name: 'list',
  usage: '-f backup.yaml [-f secrets.yaml] [-o text|json]',
  summary: 'Show the sets, and why each is kept or removed next',
  options: { ...backupOptions, ...outputOption },
  optionTexts: backupOptionTexts,
  async run(invocation) {
    const output = outputFormat(invocation.values.output);
    await using opened = await openBackup(invocation);
    const inventory = await takeInventory(opened, invocation.signal);
    const outlook = outlookOf(opened, inventory);
    const { stdout } = invocation.io;
    stdout.write(
      output === 'json'
        ? `${JSON.stringify(inventoryJSON(opened, inventory, outlook))}\n`
        : inventoryText(opened, inventory, outlook),
    );
    return 0;
  },
};
