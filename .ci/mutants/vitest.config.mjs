/** The tests that try mutants: those of the projects in the environment, without what reads the sources as text. */
import process from "node:process"
import workspace from "../../vitest.workspace.ts"

const names = (process.env["BACKUP_TREE_PROJECTS"] ?? "").split(",")
const projects = workspace.test.projects
  .filter(({ test }) => names.includes(test.name))
  .map(({ test, ...project }) => ({ ...project, test: { ...test, exclude: ["test/tidy/**"] } }))

export default { ...workspace, test: { ...workspace.test, projects } }
