/**
 * Changes of the elements of a document, after which it is still well-formed.
 */
import type { XmlElement } from "@backup-tree/core/xml/XmlElement"
import type { Random } from "./random.ts"

/** An element that can be changed. */
export interface Node {
  name: string
  attributes: Array<readonly [name: string, value: string]>
  children: Array<Node | string>
}

/** Makes a copy that can be changed. */
export const clone = (self: XmlElement): Node => ({
  name: self.name,
  attributes: [...self.attributes],
  children: self.children.map((child) => typeof child === "string" ? child : clone(child))
})

/** The elements from one on, itself included. */
export const nodesOf = (root: Node): ReadonlyArray<Node> => {
  const nodes = [root]
  for (let index = 0; index < nodes.length; index++) {
    for (const child of nodes[index]!.children) if (typeof child !== "string") nodes.push(child)
  }
  return nodes
}

const strangeNames = [
  "a",
  "Quota",
  "ns:Uuid",
  "UUID",
  "toString",
  "hasOwnProperty",
  "__proto__",
  "prototype",
  "constructor",
  "_é.-9",
  "日本",
  "𐀀",
  "x\u1680y",
  "xml:space",
  "id",
  "dyn_lists"
]

const strangeTexts = [
  "",
  " ",
  "\n\t ",
  "0",
  "1",
  "-1",
  " 7 ",
  "007",
  "1e5",
  "0x1F",
  "2147483648",
  "4294967295",
  "4294967296",
  "18446744073709551615",
  "18446744073709551616",
  "99999999999999999999999999",
  "f",
  "i",
  "d",
  "F",
  "2024-02-30 25:61:61",
  "2024-03-02T02:00:07Z",
  "2024-03-02 02:00:07",
  "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.2",
  "{0b8f6d1e-2b6b-4f5f-8d6e-6a1f4e2c7a01}.02",
  "{00000000-0000-0000-0000-000000000000}",
  "R&D <b> \"x\" 'y' ]]>",
  "&amp;#65;",
  "a\rb\r\nc",
  "\u0001\u001f",
  "\ufffe\uffff",
  "\u0000",
  "\u0085\u2028\ufeff",
  "\ue000",
  "😀日本",
  "../../etc/passwd",
  "preserve"
]

type ElementChange = (random: Random, nodes: ReadonlyArray<Node>, donors: ReadonlyArray<Node>) => void

const someName = (random: Random, nodes: ReadonlyArray<Node>): string =>
  random.chance(0.6) ? random.pick(nodes).name : random.pick(strangeNames)

const someText = (random: Random, nodes: ReadonlyArray<Node>): string => {
  const text = random.chance(0.7) ? undefined : random.pick(nodes).children.find((child) => typeof child === "string")
  return text ?? random.pick(strangeTexts)
}

const rename: ElementChange = (random, nodes) => {
  random.pick(nodes).name = someName(random, nodes)
}

const setAttribute: ElementChange = (random, nodes) => {
  const node = random.pick(nodes)
  const name = someName(random, nodes)
  node.attributes = [...node.attributes.filter(([other]) => other !== name), [name, someText(random, nodes)]]
}

const dropAttribute: ElementChange = (random, nodes) => {
  const { attributes } = random.pick(nodes)
  attributes.splice(random.below(attributes.length), 1)
}

const setText: ElementChange = (random, nodes) => {
  const leaves = nodes.filter(({ children }) => children.every((child) => typeof child === "string"))
  random.pick(leaves.length > 0 ? leaves : nodes).children = [someText(random, nodes)]
}

const insertText: ElementChange = (random, nodes) => {
  const { children } = random.pick(nodes)
  children.splice(random.below(children.length + 1), 0, someText(random, nodes))
}

const remove: ElementChange = (random, nodes) => {
  const { children } = random.pick(nodes)
  children.splice(random.below(children.length), 1)
}

const duplicate: ElementChange = (random, nodes) => {
  const { children } = random.pick(nodes)
  if (children.length === 0) return
  const child = random.pick(children)
  children.splice(random.below(children.length + 1), 0, typeof child === "string" ? child : clone(child))
}

const swap: ElementChange = (random, nodes) => {
  const { children } = random.pick(nodes)
  if (children.length === 0) return
  const index = random.below(children.length)
  const other = random.below(children.length)
  const child = children[index]!
  children[index] = children[other]!
  children[other] = child
}

const nest: ElementChange = (random, nodes) => {
  const node = random.pick(nodes)
  const { attributes, children, name } = node
  node.children = [{ name, attributes, children }]
  node.attributes = []
  node.name = someName(random, nodes)
}

const nestDeep: ElementChange = (random, nodes) => {
  const node = random.pick(nodes)
  const name = someName(random, nodes)
  for (let depth = random.between(55, 70); depth > 0; depth--) {
    node.children = [{ name, attributes: [], children: node.children }]
  }
}

const splice: ElementChange = (random, nodes, donors) => {
  const { children } = random.pick(nodes)
  children.splice(random.below(children.length + 1), random.below(2), clone(random.pick(donors)))
}

const elementChanges = [
  rename,
  setAttribute,
  dropAttribute,
  setText,
  setText,
  setText,
  insertText,
  remove,
  duplicate,
  swap,
  nest,
  splice,
  splice
]

/** Makes a copy in which one to five things are changed; `parts` are elements that may come in. */
export const mutated = (random: Random, self: XmlElement, parts: ReadonlyArray<XmlElement>): Node => {
  const root = clone(self)
  const count = random.chance(0.5) ? 1 : random.between(2, 5)
  for (let index = 0; index < count; index++) {
    const change = random.chance(0.005) ? nestDeep : random.pick(elementChanges)
    change(random, nodesOf(root), parts as ReadonlyArray<Node>)
  }
  return root
}
