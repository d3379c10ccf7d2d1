package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

const (
	namespace = "bench"
	loopback  = "127.0.0.1"
)

// serve starts what "temporal server start-dev" starts: all services in one process, on SQLite. file is the database; empty: in
// memory, which is the default there. In a file every commit is synchronous, as in Gait.
func serve(file string) (temporal.Server, client.Client, error) {
	db := config.SQL{PluginName: sqliteplugin.PluginName, DatabaseName: file, ConnectAttributes: map[string]string{}}
	if file == "" {
		db.DatabaseName = fmt.Sprint(rand.Int())
		db.ConnectAttributes["mode"], db.ConnectAttributes["cache"] = "memory", "shared"
	} else {
		db.ConnectAttributes["mode"] = "rwc"
		db.ConnectAttributes["_journal_mode"], db.ConnectAttributes["_synchronous"] = "wal", "2"
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			return nil, nil, errors.New("the database exists")
		}
		if err := sqlite.SetupSchema(&db); err != nil {
			return nil, nil, err
		}
	}
	ports, err := freePorts(8)
	if err != nil {
		return nil, nil, err
	}
	frontend := fmt.Sprintf("%s:%d", loopback, ports[0])
	service := func(i int) config.Service {
		return config.Service{RPC: config.RPC{GRPCPort: ports[i], MembershipPort: ports[4+i], BindOnIP: loopback}}
	}
	c := &config.Config{
		Persistence: config.Persistence{
			DefaultStore: sqliteplugin.PluginName, VisibilityStore: sqliteplugin.PluginName, NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{sqliteplugin.PluginName: {SQL: &db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
			ClusterInformation: map[string]cluster.ClusterInformation{
				"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			"frontend": service(0), "history": service(1), "matching": service(2), "worker": service(3),
		},
		Archival: config.Archival{
			History: config.HistoryArchival{State: "disabled"}, Visibility: config.VisibilityArchival{State: "disabled"},
		},
		PublicClient: config.PublicClient{HostPort: frontend},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History: config.HistoryArchivalNamespaceDefaults{State: "disabled"}, Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback}
	made, err := sqlite.NewNamespaceConfig("active", namespace, false, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := sqlite.CreateNamespaces(&db, made); err != nil {
		return nil, nil, err
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&c.Global.Authorization)
	if err != nil {
		return nil, nil, err
	}
	logger := log.NewNoopLogger()
	claims, err := authorization.GetClaimMapperFromConfig(&c.Global.Authorization, logger)
	if err != nil {
		return nil, nil, err
	}
	// As the dev server does: no limits to the rate of requests of one namespace, and long polls go on at once.
	limits := dynamicconfig.StaticClient{
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  100_000,
		dynamicconfig.FrontendRPS.Key():                                         100_000,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            100_000,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           100_000,
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key():             true,
		dynamicconfig.FrontendMaxNamespaceBurstRatioPerInstance.Key():           10.0,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): 100_000,
	}
	s, err := temporal.NewServer(temporal.WithConfig(c), temporal.ForServices(temporal.DefaultServices), temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer), temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(limits))
	if err != nil {
		return nil, nil, err
	}
	if err := s.Start(); err != nil {
		return nil, nil, err
	}
	for range 100 { // the services find each other within seconds
		var cl client.Client
		if cl, err = client.Dial(client.Options{HostPort: frontend, Namespace: namespace, Logger: quiet{}}); err == nil {
			if _, err = cl.CheckHealth(context.Background(), nil); err == nil {
				return s, cl, nil
			}
			cl.Close()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, nil, errors.Join(err, s.Stop())
}

// freePorts returns ports that were free a moment ago.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", loopback+":0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// quiet is a logger of the SDK that says nothing.
type quiet struct{}

// Debug says nothing.
func (quiet) Debug(string, ...any) {}

// Info says nothing.
func (quiet) Info(string, ...any) {}

// Warn says nothing.
func (quiet) Warn(string, ...any) {}

// Error says nothing.
func (quiet) Error(string, ...any) {}
