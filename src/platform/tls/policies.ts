/**
 * Certificate policies along a path (RFC 5280, 6.1), as far as needed to look for one of a few. Pure. The caller names
 * the policies; OpenSSL checks signatures and dates, and no policies.
 */
import type { PolicyRules } from './certificate.js';

const ANY_POLICY = '2.5.29.32.0';

/**
 * The policies, out of those wanted, for which a certificate is valid under the CAs above it.
 *
 * A CA that lists policies vouches for these and no others below it, under the names of its policyMappings if it has
 * some. A CA without the extension is skipped, unless one in the path demands explicit policies: then the path fails
 * (RFC 5280). Without the demand the RFC leaves it to the application, and CAs in use lack the extension.
 *
 * @param authorities the CAs between the root and the certificate, the nearest to the root first
 * @param wanted OIDs, in the root's domain
 */
export function validPolicies(
  authorities: readonly PolicyRules[],
  certificate: PolicyRules,
  wanted: readonly string[],
): string[] {
  let valid = new Set(wanted);
  let isVouchedFor = true; // every CA so far has the extension: the RFC's tree is not NULL
  let [explicit, mapping, any] = [Infinity, Infinity, Infinity];
  const narrow = (limit: number, to: number | undefined): number => Math.min(limit, to ?? Infinity);

  for (const ca of authorities) {
    const { policies } = ca;
    if (policies === undefined) isVouchedFor = false;
    // 6.1.3 (d) (2): a self-issued CA may still have anyPolicy.
    else if (!policies.includes(ANY_POLICY) || (any <= 0 && !ca.isSelfIssued)) {
      valid = new Set(policies.filter((policy) => valid.has(policy)));
    }
    if (explicit <= 0 && !isVouchedFor) return []; // 6.1.3 (f)

    const renamed = ca.mappings.filter(([issuer]) => valid.has(issuer));
    for (const [issuer] of renamed) valid.delete(issuer);
    if (mapping > 0) for (const [, subject] of renamed) valid.add(subject); // 6.1.4 (b)

    if (!ca.isSelfIssued) {
      explicit--;
      mapping--;
      any--;
    }
    explicit = narrow(explicit, ca.requireExplicitPolicy);
    mapping = narrow(mapping, ca.inhibitPolicyMapping);
    any = narrow(any, ca.inhibitAnyPolicy);
  }
  const isDemanded = explicit <= 0 || certificate.requireExplicitPolicy === 0; // 6.1.5 (a), (b)
  if (isDemanded && !isVouchedFor) return [];
  return certificate.policies?.filter((policy) => valid.has(policy)) ?? [];
}
