import { StoreDirectory, StoreGenerator } from "@backup-tree/testing"

export const sampleDirectory = (root: string) => StoreDirectory.write(StoreGenerator.generate({ seed: 1 }), root)
