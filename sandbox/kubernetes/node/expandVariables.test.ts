import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandVariables } from './expandVariables.ts';
import { quantity } from './quantity.ts';

// From the table of k8s.io/kubernetes/third_party/forked/golang/expansion/expand_test.go.
const cases: Record<string, string> = {
  '$(VAR_A)': 'A',
  '___$(VAR_B)___': '___B___',
  '$(VAR_A)$(VAR_B)': 'AB',
  '$(VAR_EMPTY)x': 'x',
  '$(UNKNOWN)': '$(UNKNOWN)',
  '$$(VAR_A)': '$(VAR_A)',
  '$$$(VAR_A)': '$A',
  '$$$$$$(VAR_A)': '$$$(VAR_A)',
  foo$$var: 'foo$var',
  'f000-$VAR_A': 'f000-$VAR_A',
  '$VAR_A)': '$VAR_A)',
  '$(foo$$var': '$(foo$var',
  '$?_boo_$': '$?_boo_$',
  'foo\\$(VAR_A)': 'foo\\A',
  '$()': '$()',
  'trailing $': 'trailing $',
};

test('expands what Kubernetes expands', () => {
  const values: Record<string, string> = { VAR_A: 'A', VAR_B: 'B', VAR_EMPTY: '' };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(
      expandVariables(text, (name) => values[name]),
      expected,
      text,
    );
  }
});

test('reads quantities', () => {
  const quantities = {
    '500m': 0.5,
    '2': 2,
    '64Mi': 64 * 2 ** 20,
    '1.5Gi': 1.5 * 2 ** 30,
    '1e3': 1000,
    '100k': 1e5,
    '1E': 1e18,
  };
  for (const [text, value] of Object.entries(quantities)) assert.equal(quantity(text), value, text);
  assert.throws(() => quantity('1 GB'), /no quantity/);
});
