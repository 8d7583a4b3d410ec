const powers: Record<string, number> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/**
 * A quantity such as 500m, 384Mi or 1e3 that is not below zero.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const quantityForm =
  /^\+?([0-9]+\.?[0-9]*|\.[0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][-+]?[0-9]{1,2})?$/;

/** The number that a quantity stands for; undefined for what is none. */
export function quantity(text: string | number): number | undefined {
  const [, number = '', suffix = ''] = quantityForm.exec(String(text)) ?? [];
  if (number === '') return undefined;
  const power = powers[suffix];
  return power === undefined ? Number(number + suffix) : Number(number) * power;
}
