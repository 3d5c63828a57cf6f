import type * as BackupTree from "../../src/tree/BackupTree.ts"

const server = "{7c1f0a52-3d0e-4b6c-9d4e-51a3b2c4d6e8}"
const promoted = "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}"
const legacy = "{a3d92c74-5b11-4f0e-a6a0-0d6b3c1e9f02}"
const diskless = "{f00dfeed-0000-4000-8000-000000000001}"

/** The content of `06-odd-legal.xml`. */
export const oddLegal: BackupTree.BackupTree = {
  environments: [
    {
      uuid: "{4f6a1c2e-8f0b-4a44-9a53-2f1d7f3c9b10}",
      name: "R&D <база> \"тест\" 'ß' 日本 ]]> %1",
      vmType: 0,
      version: 5,
      chains: [
        {
          uuid: promoted,
          head: {
            _tag: "FullBackup",
            id: `${promoted}.3`,
            host: "",
            serverUuid: "",
            dateTime: "",
            creator: "DOMAIN\\svc backup",
            size: 18446744073709551615n,
            type: "f",
            description: "",
            images: ["harddisk.hdd.3.qcow2", "_harddisk.hdd.3.qcow2"],
            originalSize: 0n,
            bundlePermissions: 0,
            flags: 0,
            disks: undefined,
            kept: [{ position: 13, element: { name: "Retention", attributes: [["policy", "gfs"]], children: [] } }]
          },
          incrementals: [
            {
              _tag: "IncrementalBackup",
              number: 7,
              id: `${promoted}.7`,
              host: "узел-2.example.com",
              serverUuid: server,
              dateTime: "2024-03-31 01:30:00",
              creator: "root",
              size: 0n,
              type: "d",
              description: "line one\nline two\ttabbed, CR follows:\r done 😀",
              images: ["harddisk.hdd.7.qcow2"],
              originalSize: 0n,
              bundlePermissions: 0,
              flags: 0,
              disks: {
                list: [
                  {
                    name: "harddisk.hdd.7.qcow2",
                    originalPath: "harddisk.hdd",
                    size: 68719476736n,
                    encryption: { keyId: "8c1a77f0-key-№1", kept: [] },
                    kept: []
                  }
                ],
                kept: []
              },
              kept: []
            }
          ],
          lastNumber: 0
        },
        {
          uuid: legacy,
          head: {
            _tag: "FullBackup",
            id: legacy,
            host: "old-node",
            serverUuid: server,
            dateTime: "2013-07-19 15:08:41",
            creator: "root",
            size: 2147483648n,
            type: "f",
            description: "typed by hand: <full> & final",
            images: ["harddisk.hdd.tib"],
            originalSize: 0n,
            bundlePermissions: 0,
            flags: 0,
            disks: undefined,
            kept: []
          },
          incrementals: [],
          lastNumber: 0
        }
      ],
      kept: [
        {
          position: 4,
          element: {
            name: "Quota",
            attributes: [["unit", "MiB"]],
            children: [
              { name: "Soft", attributes: [], children: ["10"] },
              { name: "Hard", attributes: [], children: [] }
            ]
          }
        }
      ]
    },
    {
      uuid: "{d4c2b1a0-6f5e-4d3c-8b2a-190807060504}",
      name: "",
      vmType: 0,
      version: 0,
      chains: [
        {
          uuid: diskless,
          head: {
            _tag: "FullBackup",
            id: diskless,
            host: "hn1.example.com",
            serverUuid: server,
            dateTime: "2016-02-29 23:59:59",
            creator: "root",
            size: 4096n,
            type: "f",
            description: "diskless VM",
            images: [],
            originalSize: 0n,
            bundlePermissions: 0,
            flags: 0,
            disks: { list: [], kept: [] },
            kept: []
          },
          incrementals: [],
          lastNumber: 0
        }
      ],
      kept: []
    }
  ],
  kept: [
    {
      position: 0,
      element: { name: "ServerBanner", attributes: [], children: ["an element this library has never heard of"] }
    }
  ]
}
