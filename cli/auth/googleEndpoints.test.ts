import assert from 'node:assert/strict';
import { test } from 'node:test';
import { googleEndpoints } from './googleEndpoints.ts';

test('without a root every endpoint is Google itself, over TLS', () => {
  for (const url of Object.values(googleEndpoints())) {
    const { protocol, hostname } = new URL(url);
    assert.equal(protocol, 'https:');
    assert.match(hostname, /^(accounts\.google|oauth2\.googleapis|www\.googleapis)\.com$/);
  }
});

test('with a root no endpoint is elsewhere', () => {
  for (const url of Object.values(googleEndpoints('http://127.0.0.1:8080/google/'))) {
    assert.match(url, /^http:\/\/127\.0\.0\.1:8080\/google\/[^/]/);
  }
});
