// Where clouds serve credentials to their machines, by the documents that say so. Written down apart from the policy's own
// table, so that a test compares the one with the other: an address that is missing here or there fails it.

interface MetadataDocument {
  readonly cloud: string;
  readonly document: string;
  readonly addresses: readonly string[];
}

export const METADATA_DOCUMENTS: readonly MetadataDocument[] = [
  {
    cloud: 'AWS EC2',
    document: 'Amazon EC2 User Guide, "Access instance metadata for an EC2 instance"',
    addresses: ['169.254.169.254', 'fd00:ec2::254'],
  },
  {
    cloud: 'AWS ECS',
    document: 'Amazon ECS Developer Guide, "Amazon ECS task IAM role"',
    addresses: ['169.254.170.2'],
  },
  {
    cloud: 'AWS EKS',
    document: 'Amazon EKS User Guide, "Understand how EKS Pod Identity works"',
    addresses: ['169.254.170.23', 'fd00:ec2::23'],
  },
  {
    cloud: 'Google Cloud',
    document: 'Compute Engine, "About VM metadata"',
    addresses: ['169.254.169.254', 'fd20:ce::254'],
  },
  {
    cloud: 'Google Kubernetes Engine',
    document: 'GKE, "Authenticate to Google Cloud APIs from GKE workloads", network policies',
    addresses: ['169.254.169.252', '169.254.169.254'],
  },
  {
    cloud: 'Azure',
    document: 'Azure Virtual Network, "What is IP address 168.63.129.16?"',
    addresses: ['168.63.129.16', '169.254.169.254'],
  },
  {
    cloud: 'Oracle Cloud',
    document: 'OCI Compute, "Getting Instance Metadata"; the SDKs, instance_principals_security_token_signer',
    addresses: ['169.254.169.254', 'fd00:c1::a9fe:a9fe'],
  },
  {
    cloud: 'Oracle Cloud Classic',
    document: 'Oracle Compute Cloud Service, "Retrieving Instance Metadata"',
    addresses: ['192.0.0.192'],
  },
  {
    cloud: 'Alibaba Cloud',
    document: 'Alibaba Cloud ECS, "Obtain instance metadata"',
    addresses: ['100.100.100.200', 'fd00:100::100:200'],
  },
  {
    cloud: 'Tencent Cloud',
    document: 'Tencent Cloud CVM, "Querying Instance Metadata" (metadata.tencentyun.com)',
    addresses: ['169.254.0.23', '169.254.10.10'],
  },
  {
    cloud: 'Volcano Engine',
    document: 'Volcengine ECS, "Instance metadata"',
    addresses: ['100.96.0.96'],
  },
  {
    cloud: 'Scaleway',
    document: 'cloud-init, "Datasources: Scaleway"',
    addresses: ['169.254.42.42', 'fd00:42::42'],
  },
  {
    cloud: 'Akamai (Linode)',
    document: 'Akamai Cloud, "Metadata Service API"; cloud-init, "Datasources: Akamai"',
    addresses: ['169.254.169.254', 'fd00:a9fe:a9fe::1', 'fe80::a9fe:a9fe'],
  },
  {
    cloud: 'OpenStack',
    document: 'OpenStack Networking, "Metadata service" (IPv6 metadata)',
    addresses: ['169.254.169.254', 'fe80::a9fe:a9fe'],
  },
];

/** Each once, by family. */
const ALL = [...new Set(METADATA_DOCUMENTS.flatMap(({ addresses }) => addresses))];
export const METADATA_4: readonly string[] = ALL.filter((text) => !text.includes(':'));
export const METADATA_6: readonly string[] = ALL.filter((text) => text.includes(':'));
