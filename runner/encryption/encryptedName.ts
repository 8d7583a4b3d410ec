/** What follows the name of a file that is encrypted. */
export const ageExtension = '.age';

/** Whether a file of a set is encrypted, by its name. */
export const isEncrypted = (name: string) => name.endsWith(ageExtension);

/** The name that a file has when it is decrypted. */
export const clearName = (name: string) => (isEncrypted(name) ? name.slice(0, -ageExtension.length) : name);
