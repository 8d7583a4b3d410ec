import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the credentials in the pickles hold. */
export const pickled = {
  token: 'ya29.access-canary',
  refreshToken: '1//refresh-canary',
  clientID: '123-abc.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-secret-canary',
  scopes: ['https://www.googleapis.com/auth/drive.file'],
};

// A stand-in with the name and the attributes of google-auth's class, for machines without that library:
// pickles hold the name and the attributes alone.
const standIn = `
import sys, types
for name in ('google', 'google.oauth2', 'google.oauth2.credentials'):
    sys.modules[name] = types.ModuleType(name)
class Credentials(object):
    def __init__(self, token, **known):
        self.token = token
        self.expiry = None
        for key, value in known.items():
            setattr(self, '_' + key, value)
        self._universe_domain = 'googleapis.com'
        self._account = ''
    def __getstate__(self):
        return dict(self.__dict__)
    def __setstate__(self, state):
        self.__dict__.update(state)
Credentials.__module__ = 'google.oauth2.credentials'
Credentials.__qualname__ = 'Credentials'
sys.modules['google.oauth2.credentials'].Credentials = Credentials
`;

const common = `
import sys, json, base64, pickle, pickletools, datetime
options = json.loads(sys.argv[1])
def show(value):
    print(json.dumps({str(p): base64.b64encode(pickle.dumps(value, p)).decode() for p in range(6)}))
`;

const credentials = `
from google.oauth2.credentials import Credentials
made = Credentials(options['token'], refresh_token=options['refreshToken'], client_id=options['clientID'],
    client_secret=options['clientSecret'], token_uri='https://oauth2.googleapis.com/token',
    scopes=options['scopes'])
made.expiry = datetime.datetime(2026, 2, 10, 2, 0, 0, 123456)
show(made)
`;

async function pickles(python: string, script: string): Promise<Map<number, Uint8Array>> {
  const { stdout } = await run(python, ['-c', script, JSON.stringify(pickled)]);
  const byProtocol = JSON.parse(stdout) as Record<string, string>;
  return new Map(
    Object.entries(byProtocol).map(([protocol, base64]) => [
      Number(protocol),
      Uint8Array.from(Buffer.from(base64, 'base64')),
    ]),
  );
}

/** The value of a Python expression as a pickle of each protocol; `definitions` are run before. */
export function pythonPickles(python: string, expression: string, definitions = '') {
  return pickles(python, `${common}\n${definitions}\nshow(${expression})`);
}

/** Credentials as `token.pickle` files hold them, of each protocol, by a class of google-auth's name. */
export function credentialPickles(python: string) {
  return pickles(python, `${common}\n${standIn}\n${credentials}`);
}

/**
 * The same by the google-auth library itself, with the given Python or with Debian's, which finds the
 * library of Debian's package; undefined where neither has it.
 */
export async function googleAuthPickles(python: string) {
  for (const candidate of [python, '/usr/bin/python3']) {
    const installed = await run(candidate, ['-c', 'import google.oauth2.credentials']).then(
      () => true,
      () => false,
    );
    if (installed) return pickles(candidate, `${common}\n${credentials}`);
  }
  return undefined;
}
