// Blocks of addresses that have rules of their own, whatever the registries say and the operator lists.
// Plain data: rules.ts and address-policy.ts use it.

/**
 * Credentials of the machine that reachd runs on, for whoever can send it a request. The documents that name each address
 * stand in test/support/metadata-documents.ts, which a test compares with this table.
 */
export const METADATA = [
  '169.254.169.254/32', // AWS, Google Cloud, Azure, Oracle Cloud, DigitalOcean, Akamai, OpenStack
  '169.254.170.2/32', // AWS ECS, task credentials
  '169.254.170.23/32', // AWS EKS, pod identity
  'fd00:ec2::254/128', // AWS
  'fd00:ec2::23/128', // AWS EKS, pod identity
  '169.254.169.252/32', // Google Kubernetes Engine, the node's own metadata server
  'fd20:ce::254/128', // Google Cloud
  '168.63.129.16/32', // Azure, host agent
  '192.0.0.192/32', // Oracle Cloud Classic
  'fd00:c1::a9fe:a9fe/128', // Oracle Cloud
  '100.100.100.200/32', // Alibaba Cloud
  'fd00:100::100:200/128', // Alibaba Cloud
  '169.254.0.23/32', // Tencent Cloud
  '169.254.10.10/32', // Tencent Cloud
  '100.96.0.96/32', // Volcano Engine
  '169.254.42.42/32', // Scaleway
  'fd00:42::42/128', // Scaleway
  'fd00:a9fe:a9fe::1/128', // Akamai
  'fe80::a9fe:a9fe/128', // Akamai, OpenStack: on the link, so it takes an interface to get there
];

/** A block of IPv6 addresses that are judged as the IPv4 address in their last 32 bits. */
export interface Carrier {
  readonly name: string;
  readonly block: string;
  readonly judgedAs: string;
}

/** RFC 4291 section 2.5.5.2: connect(2) to one sends IPv4, from this host and to it, its loopback included. */
export const IPV4_MAPPED: Carrier = {
  name: 'ipv4-mapped',
  block: '::ffff:0:0/96',
  judgedAs: 'the IPv4 address that it carries, for that is where the kernel connects to',
};

/** RFC 6052: connect(2) to one sends IPv6, and a translator elsewhere sends IPv4. */
export const NAT64: Carrier = {
  name: 'nat64',
  block: '64:ff9b::/96',
  judgedAs:
    'the IPv4 address that it carries, for that is where a translator connects to; rule nat64 names those that it must not carry, and DENY_CIDRS may list blocks of it',
};

/** IPv4 that stays on its host or link. A translator would take it to its own, which no rule for this host speaks of. */
export const NEVER_IN_NAT64 = [
  '64:ff9b::/104', // 0.0.0.0/8
  '64:ff9b::7f00:0/104', // 127.0.0.0/8
  '64:ff9b::a9fe:0/112', // 169.254.0.0/16
  '64:ff9b::e000:0/99', // 224.0.0.0/3: multicast, reserved, broadcast
];

export const EVERYTHING = ['0.0.0.0/0', '::/0'];
export const THIS_HOST = ['127.0.0.0/8', '::1/128'];
/** connect(2) to these reaches loopback on Linux. */
export const UNSPECIFIED = ['0.0.0.0/32', '::/128'];
