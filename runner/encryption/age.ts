// The library of age's author, a bundle of its own (scripts/build.ts): whoever encrypts nothing does not even read it.
export { Decrypter, Encrypter, identityToRecipient } from 'age-encryption';
