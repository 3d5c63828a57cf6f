/**
 * Documents about host, user and machines, which the product's own command requests.
 *
 * The command requests them before the backup tree, and stops if they are missing. Source: PROTOCOL 4.8.
 */
import * as SecurityLevel from "@backup-tree/core/sdk/SecurityLevel"
import * as XmlDocument from "@backup-tree/core/xml/XmlDocument"
import type * as XmlElement from "@backup-tree/core/xml/XmlElement"
import type { Machine } from "./Server.ts"

const recordedPreferences = `<CommonPreferences dyn_lists="" id="-1">
 <WorkspacePreferences dyn_lists="">
  <DefaultVmDirectory>/vz/vmprivate</DefaultVmDirectory>
  <DistributedDirectory>0</DistributedDirectory>
  <DefaultUseConsole>1</DefaultUseConsole>
  <DefaultChangeSettings>0</DefaultChangeSettings>
  <DispatcherPort>64000</DispatcherPort>
  <ListenAnyAddr>0</ListenAnyAddr>
  <AllowMobileClients>0</AllowMobileClients>
  <AllowDirectMobile>0</AllowDirectMobile>
  <AllowMultiplePMC>0</AllowMultiplePMC>
  <MobileAdvancedAuthMode>0</MobileAdvancedAuthMode>
  <HostId></HostId>
  <DefaultCommandHistorySize>50</DefaultCommandHistorySize>
  <MinimalSecurityLevel>0</MinimalSecurityLevel>
  <VmTimeoutOnShutdown>120</VmTimeoutOnShutdown>
  <AllowVmForceShutdown>1</AllowVmForceShutdown>
  <VmUptimeSyncTimeoutInMinutes>15</VmUptimeSyncTimeoutInMinutes>
  <AllowUseNetworkShares>0</AllowUseNetworkShares>
  <SwapPathForVMOnNetworkShares></SwapPathForVMOnNetworkShares>
  <ClusterModeEnabled>0</ClusterModeEnabled>
  <VmConfigWatcherEnabled>0</VmConfigWatcherEnabled>
  <Limits dyn_lists="">
   <MaxLogonActions>16</MaxLogonActions>
   <MaxAuthAttemptsPerMinute>16</MaxAuthAttemptsPerMinute>
  </Limits>
  <UsbConnectionType>2</UsbConnectionType>
  <EnableSpokenCommands>0</EnableSpokenCommands>
  <EnableSendStatisticReport>0</EnableSendStatisticReport>
  <ConfirmationModeByDefault>0</ConfirmationModeByDefault>
  <DefaultPlainDiskAllowed>0</DefaultPlainDiskAllowed>
  <PluginsAllowed>0</PluginsAllowed>
  <VmConfigCacheEnabled>1</VmConfigCacheEnabled>
  <HeadlessModeEnabled>1</HeadlessModeEnabled>
  <SpecialOption>0</SpecialOption>
  <SpecialOption2>0</SpecialOption2>
  <MountNTFSToHostOnConnectionToVm>0</MountNTFSToHostOnConnectionToVm>
  <VmGuestCollectPeriod>30</VmGuestCollectPeriod>
  <VmGuestCpuLimitType>0</VmGuestCpuLimitType>
 </WorkspacePreferences>
 <ProxyPreferences dyn_lists="">
  <ProxyEnabled>0</ProxyEnabled>
  <ProxyFlagsMask>0</ProxyFlagsMask>
  <ProxyManagerURL></ProxyManagerURL>
  <WebPortalDomain></WebPortalDomain>
  <AccountId></AccountId>
  <Password></Password>
  <ConnectionStatus>0</ConnectionStatus>
  <ErrorCode>0</ErrorCode>
  <ProxyInternalFlagsMask>0</ProxyInternalFlagsMask>
 </ProxyPreferences>
 <IPhonePreferences dyn_lists="">
  <AllowConnectionsFromIPhone>0</AllowConnectionsFromIPhone>
  <ProxyPort>64001</ProxyPort>
  <CertificateFile></CertificateFile>
  <KeyFile></KeyFile>
  <AllowAllUsersFromHost>1</AllowAllUsersFromHost>
  <IdleSessionTimeout>0</IdleSessionTimeout>
  <LockScreenOnDisconnect>0</LockScreenOnDisconnect>
  <BlockScreenInSession>0</BlockScreenInSession>
 </IPhonePreferences>
 <RemoteDisplayPreferences dyn_lists="">
  <BasePort>5900</BasePort>
  <MaxPort>6900</MaxPort>
  <BaseHostName>0.0.0.0</BaseHostName>
 </RemoteDisplayPreferences>
 <MemoryPreferences dyn_lists="">
  <AdjustMemAuto>1</AdjustMemAuto>
  <ReservedMemoryLimit>0</ReservedMemoryLimit>
  <ReservedMemoryMin>96</ReservedMemoryMin>
  <ReservedMemoryMax>0</ReservedMemoryMax>
  <MinVmMemory>0</MinVmMemory>
  <MaxVmMemory>0</MaxVmMemory>
  <RecommendedMaxVmMemory>0</RecommendedMaxVmMemory>
  <HostRamSize>0</HostRamSize>
  <Overcommit>1</Overcommit>
 </MemoryPreferences>
 <CpuPreferences dyn_lists="">
  <MaxVCpu>0</MaxVCpu>
  <FEATURES_MASK>0</FEATURES_MASK>
  <EXT_FEATURES_MASK>0</EXT_FEATURES_MASK>
  <EXT_80000001_ECX_MASK>0</EXT_80000001_ECX_MASK>
  <EXT_80000001_EDX_MASK>0</EXT_80000001_EDX_MASK>
  <EXT_80000007_EDX_MASK>0</EXT_80000007_EDX_MASK>
  <EXT_80000008_EAX>0</EXT_80000008_EAX>
  <EXT_00000007_EBX_MASK>0</EXT_00000007_EBX_MASK>
  <EXT_00000007_EDX_MASK>0</EXT_00000007_EDX_MASK>
  <EXT_0000000D_EAX_MASK>0</EXT_0000000D_EAX_MASK>
  <EXT_00000007_ECX_MASK>0</EXT_00000007_ECX_MASK>
  <CpuFeaturesMaskValid>0</CpuFeaturesMaskValid>
 </CpuPreferences>
 <PciPreferences dyn_lists="">
  <PrimaryVgaAllowed>0</PrimaryVgaAllowed>
  <GenericPciDevices dyn_lists="GenericPciDevice 0"/>
 </PciPreferences>
 <UsbPreferences dyn_lists="UsbIdentity 0 UsbBlackList">
  <UsbVirtualDisks dyn_lists="">
   <FireWire>1</FireWire>
   <Usb>0</Usb>
   <Thunderbolt>1</Thunderbolt>
   <Removable>1</Removable>
  </UsbVirtualDisks>
 </UsbPreferences>
 <NetworkPreferences dyn_lists="NetworkAdapter 0">
  <NetworkClassesConfig dyn_lists="NetworkClasses 0"/>
  <NetworkShapingConfig dyn_lists="DeviceBandwidth 0 NetworkShaping 0">
   <Enabled>0</Enabled>
  </NetworkShapingConfig>
 </NetworkPreferences>
 <BackupSourcePreferences dyn_lists="BackupMode 0">
  <DefaultBackupServer></DefaultBackupServer>
  <Login></Login>
  <UsePassword>0</UsePassword>
  <PasswordChanged>0</PasswordChanged>
  <Timeout>3600</Timeout>
  <TmpDir></TmpDir>
  <Sandbox></Sandbox>
  <Compression>1</Compression>
  <Tunnel>1</Tunnel>
 </BackupSourcePreferences>
 <MountPreferences dyn_lists="">
  <DefaultMountPath></DefaultMountPath>
 </MountPreferences>
 <FastRebootPreferences dyn_lists="">
  <FastReboot>0</FastReboot>
  <DefaultPramPath></DefaultPramPath>
 </FastRebootPreferences>
 <BackupTargetPreferences dyn_lists="">
  <DefaultBackupDirectory></DefaultBackupDirectory>
 </BackupTargetPreferences>
 <LockedOperationsList dyn_lists="LockedOperation"/>
 <Debug dyn_lists="">
  <LegacyVmUpgrade>0</LegacyVmUpgrade>
  <MonitorCCPath></MonitorCCPath>
  <VtdSetup>4</VtdSetup>
  <VerboseLogEnabled>0</VerboseLogEnabled>
  <VerboseLogWasChanged>0</VerboseLogWasChanged>
 </Debug>
 <LockedSign>0</LockedSign>
 <LogRotatePreferences dyn_lists="">
  <Enabled>0</Enabled>
  <CompressionEnabled>1</CompressionEnabled>
  <IntervalInMinutes>60</IntervalInMinutes>
  <SystemLogSettings dyn_lists="">
   <Count>5</Count>
   <SizeInMb>16</SizeInMb>
  </SystemLogSettings>
  <VmLogSettings dyn_lists="">
   <Count>3</Count>
   <SizeInMb>16</SizeInMb>
  </VmLogSettings>
 </LogRotatePreferences>
 <DispToDispPreferences dyn_lists="">
  <ConnectionTimeout>60</ConnectionTimeout>
  <SendReceiveTimeout>600</SendReceiveTimeout>
 </DispToDispPreferences>
 <DispVirtuozzoPreferences dyn_lists="">
  <DefaultCtDirectory></DefaultCtDirectory>
 </DispVirtuozzoPreferences>
 <ProblemReportPreferences dyn_lists="">
  <AllowAttachScreenshots>1</AllowAttachScreenshots>
 </ProblemReportPreferences>
 <HostMemPressureMonitor dyn_lists="">
  <Enable>1</Enable>
  <InnactiveTmOutMS>5000</InnactiveTmOutMS>
  <SuspectTmOutMS>1000</SuspectTmOutMS>
  <ReclaimingTmOutMS>10000</ReclaimingTmOutMS>
  <IdlePagesReclaimStep>8192</IdlePagesReclaimStep>
  <ReclaimPeriodMS>600000</ReclaimPeriodMS>
 </HostMemPressureMonitor>
 <CpuPoolInfo dyn_lists="">
  <Name></Name>
  <Vendor></Vendor>
 </CpuPoolInfo>
</CommonPreferences>
`

/** Returns the settings of the host, with the minimum security level and the login limit of the server. */
export const commonPreferences = (minimumLevel: SecurityLevel.SecurityLevel, maxLogonActions: number): string =>
  recordedPreferences
    .replace("<MinimalSecurityLevel>0<", `<MinimalSecurityLevel>${SecurityLevel.toNumber(minimumLevel)}<`)
    .replace("<MaxLogonActions>16<", `<MaxLogonActions>${maxLogonActions}<`)

/** The network settings of the host. */
export const networkConfig = `<VirtuozzoNetworkConfig dyn_lists="VirtualNetworks 1 VZNetworkConfig 0" id="-1">
 <SystemFlags></SystemFlags>
 <IPv6Enabled>1</IPv6Enabled>
 <VirtualNetworks dyn_lists="VirtualNetwork 0" id="0"/>
 <OffmgmtServices dyn_lists="OffmgmtService 0"/>
 <NetworkClassesConfig dyn_lists="NetworkClasses 0"/>
 <NetworkShapingConfig dyn_lists="DeviceBandwidth 0 NetworkShaping 0">
  <Enabled>0</Enabled>
 </NetworkShapingConfig>
 <PrivateNetworks dyn_lists="PrivateNetwork 0"/>
</VirtuozzoNetworkConfig>
`

/** Returns the profile of a user. The uuid is generated for each reply. */
export const userProfile = (name: string, uuid: string): string =>
  `<VirtuozzoUser dyn_lists="" id="-1">
 ${XmlDocument.print({ name: "Name", attributes: [], children: [name] }).trim()}
 <Uuid>${uuid}</Uuid>
 <AccessPreferences dyn_lists="">
  <UseManagementConsole>0</UseManagementConsole>
  <ChangeServerSettings>0</ChangeServerSettings>
  <LocalAdministrator>0</LocalAdministrator>
 </AccessPreferences>
 <UserWorkspace dyn_lists="">
  <UserVmDirectory>/vz/vmprivate</UserVmDirectory>
  <UserDefaultVmFolder></UserDefaultVmFolder>
  <UserHomeFolder>/root</UserHomeFolder>
 </UserWorkspace>
 <ProxySettings dyn_lists="">
  <UseProxy>0</UseProxy>
  <UseAutoPacScript>0</UseAutoPacScript>
  <AutoPacScript></AutoPacScript>
  <SystemSettings dyn_lists="">
   <Enabled>0</Enabled>
   <UseAutoSettings>0</UseAutoSettings>
   <UseAutoPacScript>0</UseAutoPacScript>
   <AutoPacScript></AutoPacScript>
   <UserSettings dyn_lists="">
    <Enabled>0</Enabled>
    <HttpSslProxyName></HttpSslProxyName>
    <HttpSslProxyPort>0</HttpSslProxyPort>
    <HttpProxyName></HttpProxyName>
    <HttpProxyPort>0</HttpProxyPort>
   </UserSettings>
  </SystemSettings>
  <UserSettings dyn_lists="">
   <Enabled>0</Enabled>
   <HttpSslProxyName></HttpSslProxyName>
   <HttpSslProxyPort>0</HttpSslProxyPort>
   <HttpProxyName></HttpProxyName>
   <HttpProxyPort>0</HttpProxyPort>
  </UserSettings>
 </ProxySettings>
 <UserCachedData dyn_lists="UserCachedPasword 0"/>
</VirtuozzoUser>
`

/** Returns the smallest configuration of a machine that the product's own command can read. Source: PROTOCOL 4.8. */
export const vmConfig = ({ name, uuid }: Machine): string =>
  XmlDocument.print({
    name: "VirtuozzoVirtualMachine",
    attributes: [["dyn_lists", "VirtualAppliance 0"], ["id", "-1"]],
    children: [
      leaf("AppVersion", ""),
      {
        name: "Identification",
        attributes: [["dyn_lists", ""]],
        children: [leaf("VmUuid", uuid), leaf("VmName", name), leaf("ServerUuid", ""), leaf("ServerHost", "")]
      }
    ]
  })

const leaf = (name: string, text: string): XmlElement.XmlElement => ({
  name,
  attributes: [],
  children: text === "" ? [] : [text]
})
